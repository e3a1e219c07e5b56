//! What a plan refuses.

/// Why a plan does not take a call. It is unchanged then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlannerErr {
    /// The plan was finished before.
    #[error("the plan is finished: enqueue everything before `finish`, or start another plan")]
    PlanFinalized,
    /// Nothing was enqueued.
    #[error("the plan is empty: enqueue a leaf before `finish`")]
    PlanNotStartedString,
}
