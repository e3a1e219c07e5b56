//! Payloads that are stored in another form than the application writes them:
//! compressed, encrypted.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::intercept::{Call, Interceptor, Outcome, Reply};
use crate::error::{BoxError, Failure, Result, TaskDbErr};
use crate::json::CanonicalJson;
use crate::request::{CreateJob, TaskSpec};
use crate::task::Prerequisite;

/// Another form of payloads, and the way back.
///
/// Encoding must be a function of the payload alone: a repeated call is recognised by
/// comparing what is stored, so the same payload must come out the same each time.
pub trait Codec: Send + Sync + 'static {
    /// The name by which stored payloads find their codec; never changed once used.
    fn name(&self) -> &str;

    /// The other form, or `None` to leave this payload as it is.
    ///
    /// # Errors
    ///
    /// The call is refused with this error as `InvalidArgument`.
    fn encode(&self, payload: &[u8]) -> Result<Option<Vec<u8>>, BoxError>;

    /// The payload again.
    ///
    /// # Errors
    ///
    /// The caller gets `Corrupt` with this error.
    fn decode(&self, stored: &[u8]) -> Result<Vec<u8>, BoxError>;
}

/// The codecs of a handle: those that write, in order, and further ones that only read.
///
/// An encoded payload is stored as the JSON object `{"$codec": NAME, "data": BASE64}`, so it
/// passes through every tool; handles without codecs see that object. Definitions, outputs
/// and schedules are encoded; names, errors and what workers say of themselves are not.
/// Export, import and so every migration carry payloads as they are stored.
#[derive(Clone, Default)]
pub struct Codecs {
    writers: Vec<Arc<dyn Codec>>,
    readers: Vec<Arc<dyn Codec>>,
}

/// An encoded payload, as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    #[serde(rename = "$codec", borrow)]
    codec: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    data: std::borrow::Cow<'a, str>,
}

/// How canonical envelopes begin; payloads of the application that do are enveloped too.
const MARK: &str = r#"{"$codec":"#;

/// The name of the envelope around a payload that only looks like one.
const PLAIN: &str = "plain";

impl Codecs {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Encodes with this one too, after those added before it; and decodes with it.
    #[must_use]
    pub fn write(mut self, codec: impl Codec) -> Self {
        self.writers.push(Arc::new(codec));
        self
    }

    /// Decodes with this one, which no longer writes: a codec or a key of earlier days.
    #[must_use]
    pub fn read(mut self, codec: impl Codec) -> Self {
        self.readers.push(Arc::new(codec));
        self
    }

    fn encode(&self, payload: &mut CanonicalJson) -> Result<()> {
        if payload.as_str().starts_with(MARK) {
            *payload = envelope(PLAIN, payload.as_str().as_bytes(), payload.payload_bytes());
        }
        for codec in &self.writers {
            let encoded = codec.encode(payload.as_str().as_bytes()).map_err(|source| {
                let name = codec.name();
                TaskDbErr::invalid("payload", format!("codec `{name}` refuses it: {source}"))
            })?;
            if let Some(bytes) = encoded {
                *payload = envelope(codec.name(), &bytes, payload.payload_bytes());
            }
        }
        Ok(())
    }

    fn decode(&self, payload: &mut CanonicalJson) -> Result<()> {
        while payload.as_str().starts_with(MARK) {
            // Another application's object that happens to begin like this was never encoded.
            let Ok(envelope) = serde_json::from_str::<Envelope<'_>>(payload.as_str()) else {
                return Ok(());
            };
            let plain = self.open(&envelope).map_err(|source| {
                let what = format!("a payload of codec `{}`", envelope.codec);
                TaskDbErr::Corrupt(Failure::new(what).caused_by(source))
            })?;
            let last = envelope.codec == PLAIN;
            *payload = CanonicalJson::from_stored(plain);
            if last {
                return Ok(());
            }
        }
        Ok(())
    }

    fn open(&self, envelope: &Envelope<'_>) -> Result<String, BoxError> {
        let data = STANDARD.decode(envelope.data.as_bytes())?;
        if envelope.codec == PLAIN {
            return Ok(String::from_utf8(data)?);
        }
        let codec = self.writers.iter().chain(&self.readers);
        let codec = codec
            .into_iter()
            .find(|codec| codec.name() == envelope.codec)
            .ok_or("this handle does not have the codec; add it with `Codecs::read`")?;
        Ok(String::from_utf8(codec.decode(&data)?)?)
    }

    fn outputs<'p>(&self, found: impl IntoIterator<Item = &'p mut Prerequisite>) -> Result<()> {
        let mut outputs = found.into_iter().filter_map(|one| one.output.as_mut());
        outputs.try_for_each(|output| self.decode(output))
    }

    fn specs(&self, specs: &mut [TaskSpec]) -> Result<()> {
        specs.iter_mut().try_for_each(|spec| self.encode(&mut spec.definition))
    }

    fn job(&self, job: &mut CreateJob) -> Result<()> {
        self.encode(&mut job.definition)
    }
}

fn envelope(codec: &str, bytes: &[u8], payload_bytes: usize) -> CanonicalJson {
    let envelope = Envelope { codec: codec.into(), data: STANDARD.encode(bytes).into() };
    // The fields stand in the order of their names, so this text is canonical.
    let text = serde_json::to_string(&envelope).unwrap_or_default();
    CanonicalJson::encoded(text, payload_bytes)
}

impl fmt::Debug for Codecs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |codecs: &[Arc<dyn Codec>]| -> Vec<String> {
            codecs.iter().map(|codec| codec.name().to_owned()).collect()
        };
        f.debug_struct("Codecs")
            .field("writers", &names(&self.writers))
            .field("readers", &names(&self.readers))
            .finish()
    }
}

#[async_trait]
impl Interceptor for Codecs {
    type Note = ();

    async fn before(&self, call: Call<'_>) -> Result<()> {
        match call {
            Call::CreateJob(job) => self.job(job),
            Call::CreateTasks(request) => self.specs(&mut request.tasks),
            Call::UpdateTaskDone(request) => request.entries.iter_mut().try_for_each(|entry| {
                self.encode(&mut entry.output)?;
                self.specs(&mut entry.children)
            }),
            Call::PutSchedule(request) => self.encode(&mut request.body),
            Call::FireSchedule(request) => request.job.as_mut().map_or(Ok(()), |j| self.job(j)),
            _ => Ok(()),
        }
    }

    async fn after(&self, (): (), outcome: Outcome<'_>) -> Result<()> {
        let Ok(reply) = outcome else { return Ok(()) };
        match reply {
            Reply::RequestWork(work) => work.tasks.iter_mut().try_for_each(|task| {
                self.decode(&mut task.definition)?;
                if self.outputs(task.inputs.iter_mut().flatten()).is_err() {
                    // Asked for alone they are refused where the caller has the claim to give back.
                    task.inputs = None;
                }
                Ok(())
            }),
            Reply::GetTask(task) => self.decode(&mut task.definition),
            Reply::ListTasks(tasks) => {
                tasks.iter_mut().try_for_each(|task| self.decode(&mut task.definition))
            }
            Reply::GetTaskOutput(output) => self.decode(output),
            Reply::GetPrerequisites(found) => self.outputs(found),
            Reply::ListSchedules(schedules) => {
                schedules.iter_mut().try_for_each(|schedule| self.decode(&mut schedule.body))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Turns the bytes around, and leaves short ones alone.
    struct Reversed;

    impl Codec for Reversed {
        fn name(&self) -> &str {
            "reversed"
        }

        fn encode(&self, payload: &[u8]) -> Result<Option<Vec<u8>>, BoxError> {
            Ok((payload.len() > 4).then(|| payload.iter().rev().copied().collect()))
        }

        fn decode(&self, stored: &[u8]) -> Result<Vec<u8>, BoxError> {
            Ok(stored.iter().rev().copied().collect())
        }
    }

    fn there_and_back(codecs: &Codecs, value: &Value) -> CanonicalJson {
        let mut payload = CanonicalJson::new(value);
        codecs.encode(&mut payload).unwrap();
        let stored = payload.clone();
        codecs.decode(&mut payload).unwrap();
        assert_eq!(payload.to_value().unwrap(), *value);
        stored
    }

    #[test]
    fn payloads_come_back_and_the_stored_form_is_canonical_json() {
        let codecs = Codecs::new().write(Reversed).write(Reversed);
        let stored = there_and_back(&codecs, &json!({"a": [1, 2.5, "\u{0}é"]}));
        assert!(stored.as_str().starts_with(MARK), "{stored}");
        assert_eq!(CanonicalJson::new(&stored.to_value().unwrap()), stored);
        assert_eq!(there_and_back(&codecs, &json!(1)).as_str(), "1");
    }

    #[test]
    fn what_looks_encoded_but_is_not_survives() {
        let codecs = Codecs::new();
        let lookalike = json!({"$codec": "reversed", "data": "MQ=="});
        assert!(there_and_back(&codecs, &lookalike).as_str().starts_with(MARK));
        let twice = json!({"$codec": "plain", "data": "MQ=="});
        there_and_back(&codecs, &twice);
        there_and_back(&Codecs::new().write(Reversed), &twice);
        there_and_back(&codecs, &json!({"$codec": 5, "more": true}));
    }

    #[test]
    fn a_codec_that_is_missing_is_named() {
        let mut payload = CanonicalJson::new(&json!("some text"));
        Codecs::new().write(Reversed).encode(&mut payload).unwrap();
        let refused = Codecs::new().decode(&mut payload).unwrap_err();
        assert!(refused.to_string().contains("codec `reversed`"), "{refused}");
        Codecs::new().read(Reversed).decode(&mut payload).unwrap();
        assert_eq!(payload.to_value().unwrap(), json!("some text"));
    }
}
