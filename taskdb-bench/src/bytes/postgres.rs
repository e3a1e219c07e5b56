//! The tables and indexes of a namespace on Postgres, once the room of what is dead can be
//! used again.

use async_trait::async_trait;
use sqlx::postgres::PgConnection;
use url::Url;

use super::StoreBytes;
use crate::database::run;
use crate::error::{Error, Result};
use crate::place::{Place, Space};

const BYTES: &str = include_str!("../../queries/postgres/bytes.sql");
const TABLES: &str = include_str!("../../queries/postgres/tables.sql");
const VACUUM: &str = include_str!("../../queries/postgres/vacuum.sql");

pub(super) struct Relations;

#[async_trait(?Send)]
impl StoreBytes for Relations {
    async fn bytes(&self, place: &dyn Place, space: &Space) -> Result<Option<u64>> {
        self.tidy(place, space).await?;
        let Some(database) = place.database() else { return Ok(None) };
        let Some(schema) = schema(space) else { return Ok(None) };
        let mut connection = database.connect().await?;
        let bytes = sqlx::query_scalar::<_, i64>(BYTES).bind(&schema);
        let bytes = bytes.fetch_one(&mut connection).await?;
        u64::try_from(bytes).map(Some).map_err(|error| Error::Unsound(error.to_string()))
    }

    async fn tidy(&self, place: &dyn Place, space: &Space) -> Result<()> {
        let (Some(database), Some(schema)) = (place.database(), schema(space)) else {
            return Ok(());
        };
        let mut connection = database.connect().await?;
        for table in tables(&mut connection, &schema).await? {
            let name = format!("\"{schema}\".\"{table}\"");
            run(&mut connection, &VACUUM.replace("NAME", &name)).await?;
        }
        Ok(())
    }
}

/// The namespace of a URL, which is the name of its schema.
pub(crate) fn schema(space: &Space) -> Option<String> {
    let url = Url::parse(space.url.as_ref()?).ok()?;
    url.query_pairs().find(|(name, _)| name == "namespace").map(|(_, value)| value.into_owned())
}

async fn tables(connection: &mut PgConnection, schema: &str) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(TABLES).bind(schema).fetch_all(connection).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_schema_grows_with_what_is_written() {
        let place = place::open("postgres-private").await.unwrap().remove(0).1;
        let space = place.fresh().await.unwrap();
        let before = Relations.bytes(&*place, &space).await.unwrap().unwrap();
        for user in 0..500 {
            space.db.create_stream("cpu", 0, 1.0, &user.to_string()).await.unwrap();
        }
        let after = Relations.bytes(&*place, &space).await.unwrap().unwrap();
        // At least an id and its index, and less than a page.
        let each = (after - before) / 500;
        assert!((40..4_096).contains(&each), "{before} {after}");
    }
}
