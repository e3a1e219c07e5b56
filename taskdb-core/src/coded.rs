//! Enums that have a number in stores and a name for people, each written down once.

/// Gives an enum its list, its numbers and its names; the variants are listed in the order in
/// which they are declared, which is that of their numbers.
macro_rules! coded {
    ($type:ident { $($variant:ident = $name:literal),* $(,)? }) => {
        impl $type {
            /// Each of them, in the order of its code.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// The number stores write for it.
            pub const fn code(self) -> u8 {
                self as u8
            }

            /// The one with this number, if there is one.
            pub fn from_code(code: u8) -> Option<Self> {
                Self::ALL.get(usize::from(code)).copied()
            }

            /// Its name in records, queries and reports, and on the command line.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}
pub(crate) use coded;

/// Shows such an enum by its name, and reads it back where it is said what it is the argument of.
macro_rules! named {
    ($type:ident $(, $argument:literal)?) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        $(impl std::str::FromStr for $type {
            type Err = $crate::error::TaskDbErr;

            fn from_str(name: &str) -> $crate::error::Result<Self> {
                let known = Self::ALL.into_iter().find(|one| one.name() == name);
                known.ok_or_else(|| $crate::coded::unknown($argument, &Self::ALL.map(Self::name)))
            }
        })?
    };
}
pub(crate) use named;

/// The error for a name that is none of these.
pub(crate) fn unknown(argument: &'static str, names: &[&str]) -> crate::error::TaskDbErr {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    let (last, others) = quoted.split_last().map_or(("", &[][..]), |(last, all)| (last, all));
    let reason = format!("must be {} or {last}", others.join(", "));
    crate::error::TaskDbErr::invalid(argument, reason)
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;
    use std::str::FromStr;

    use crate::event::{EventKind, EventLevel};
    use crate::job::Priority;
    use crate::state::{JobState, TaskState};
    use crate::store::Gate;

    /// Numbers and names of an enum lead back, and others to nothing.
    macro_rules! leads_back {
        ($($type:ident)*) => {$(
            for (code, one) in (0..).zip($type::ALL) {
                assert_eq!((one.code(), $type::from_code(code)), (code, Some(one)));
                assert_eq!(one.name(), one.name().to_lowercase());
            }
            assert_eq!($type::from_code($type::ALL.len() as u8), None);
        )*};
    }

    fn read_back<T: FromStr<Err = crate::TaskDbErr> + ToString + PartialEq + Debug>(all: &[T]) {
        for one in all {
            assert_eq!(T::from_str(&one.to_string()).unwrap(), *one);
        }
        assert!(T::from_str("nothing").unwrap_err().to_string().contains("must be `"));
    }

    #[test]
    fn codes_and_names_lead_back() {
        leads_back!(TaskState JobState Priority Gate EventKind EventLevel);
        read_back(&Priority::ALL);
        read_back(&Gate::ALL);
        read_back(&EventKind::ALL);
        read_back(&EventLevel::ALL);
        let error = Gate::from_str("ajar").unwrap_err().to_string();
        assert!(error.contains("must be `open`, `no-claims` or `read-only`"), "{error}");
    }
}
