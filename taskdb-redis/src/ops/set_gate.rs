//! `set_gate`: opens or closes the namespace.

use taskdb_core::Result;
use taskdb_core::request::SetGate;

use crate::reply::About;
use crate::scripts;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &SetGate) -> Result<()> {
    let args = store.args().value(request.gate.code());
    store.run(&scripts::set_gate, args, &About::default()).await.map(drop)
}
