//! Keeps what a panicking case said and where, instead of printing it in between.

use std::any::Any;
use std::cell::RefCell;
use std::panic;
use std::sync::Once;

/// What is kept of a message; a compared list of tasks can be far longer.
const MESSAGE_BYTES: usize = 4_000;

thread_local! {
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Takes the panics of this process from now on. A panic is caught on the
/// thread it happened on, in the same poll, so a slot per thread will do.
pub(super) fn keep() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let from_here = info.location().is_some_and(|at| at.file().contains("testkit/src/"));
            if !from_here {
                before(info);
            }
            LAST.with_borrow_mut(|last| *last = Some(format!("{info}")));
        }));
    });
}

/// The message of the panic just caught, with its place when that is known.
pub(super) fn message(payload: &(dyn Any + Send)) -> String {
    let mut message = LAST.with_borrow_mut(Option::take).unwrap_or_else(|| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
        text.unwrap_or("a panic without a message").to_owned()
    });
    let kept = message.floor_char_boundary(MESSAGE_BYTES);
    if kept < message.len() {
        message.truncate(kept);
        message.push('…');
    }
    message
}
