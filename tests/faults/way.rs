//! What can happen on the way to a server.

use std::time::Duration;

use taskdb_testkit::rng::Rng;
use taskdb_testkit::servers::proxy::Proxy;

use crate::storm::RESPONSE;

/// Kinds of faults here.
pub(crate) const KINDS: u64 = 8;

/// Lets something happen, one of [`KINDS`].
pub(crate) async fn strike(proxy: &Proxy, kind: u64, rng: &mut Rng) {
    let few = usize::try_from(rng.below(4)).unwrap_or_default();
    match kind {
        0 => proxy.swallow(1),
        1 => proxy.swallow(few),
        2 => proxy.lose_after(few),
        3 => proxy.cut(),
        4 => {
            proxy.silence();
            let halves = u32::try_from(rng.below(3)).unwrap_or_default();
            tokio::time::sleep(RESPONSE * halves / 2).await;
            proxy.cut();
        }
        5 => proxy.double_answer_after(few),
        6 => proxy.double_request_after(few),
        _ => proxy.delay(Duration::from_millis(rng.below(6))),
    }
}

/// Lets everything pass.
pub(crate) fn heal(proxy: &Proxy) {
    proxy.disarm();
    proxy.delay(Duration::ZERO);
}
