//! Whether there is a Docker engine to talk to, and what it has.

use std::time::Duration;

use testcontainers::core::client::docker_client_instance;

/// How long an engine may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Why there is none, if so. `DOCKER_HOST` is honoured.
pub(crate) async fn absent() -> Option<String> {
    let engine = match docker_client_instance().await {
        Ok(engine) => engine,
        Err(error) => return Some(format!("there is no Docker engine: {error}")),
    };
    match tokio::time::timeout(PATIENCE, engine.ping()).await {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(format!("the Docker engine does not answer: {error}")),
        Err(_) => Some(format!("the Docker engine says nothing for {PATIENCE:?}")),
    }
}

/// The first of these images that is not on this machine. A test that was not asked to does
/// not fetch any.
pub(crate) async fn missing(images: impl IntoIterator<Item = String>) -> Option<String> {
    let engine = docker_client_instance().await.ok()?;
    for image in images {
        if engine.inspect_image(&image).await.is_err() {
            return Some(format!(
                "there is no image {image}: pull it, run scripts/test-images, or set \
                 TASKDB_REQUIRE_CONTAINERS=1"
            ));
        }
    }
    None
}
