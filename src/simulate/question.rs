//! A sign-in as people write it: who, to what, under which conditions. The command line and scenario files use the same
//! words.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

// What may stand in several forms is read by the form that it has: serde's `untagged` does not tell what is wrong
// inside of one, nor where.

/// Who signs in, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserText {
    /// A user of the tenant, or somebody described by a word.
    Word(String),
    /// The same with more about them.
    Described(Box<Described>),
}

impl<'de> Deserialize<'de> for UserText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Forms;

        impl<'de> Visitor<'de> for Forms {
            type Value = UserText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("somebody, or a map with `who`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<UserText, E> {
                Ok(UserText::Word(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<UserText, A::Error> {
                Described::deserialize(MapAccessDeserializer::new(map)).map(Box::new).map(UserText::Described)
            }
        }

        deserializer.deserialize_any(Forms)
    }
}

/// Somebody, with what the word for them does not tell.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Described {
    /// A user of the tenant, or somebody described by a word.
    pub who: String,
    /// Whether the invitation still has to be redeemed.
    #[serde(default)]
    pub pending: Option<bool>,
    /// Whether they have an account in the tenant at all.
    #[serde(default)]
    pub invited: Option<bool>,
    /// Groups of the tenant that they are in as well, by id or display name.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Access packages that they hold as well, by id or display name.
    #[serde(default)]
    pub packages: Vec<String>,
    /// Directory roles that they have activated, by template or display name.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Groups of their home tenant that they are in; with none, they are in no group there.
    #[serde(default)]
    pub home_groups: Option<Vec<String>>,
    /// Their object id in their home tenant.
    #[serde(default)]
    pub home_id: Option<String>,
    /// Whether their tenant is in another Microsoft cloud.
    #[serde(default)]
    pub other_cloud: bool,
    /// How many groups they are in.
    #[serde(default)]
    pub group_count: Option<usize>,
    /// Methods that they registered at home.
    #[serde(default)]
    pub registered_at_home: Option<Vec<String>>,
    /// Methods that they registered in the tenant.
    #[serde(default)]
    pub registered_here: Option<Vec<String>>,
    /// Whether a direct connect user has a guest account as well.
    #[serde(default)]
    pub guest_here_too: bool,
}

impl UserText {
    /// The word.
    #[must_use]
    pub fn who(&self) -> &str {
        match self {
            Self::Word(word) => word,
            Self::Described(described) => &described.who,
        }
    }
}

/// The device, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceText {
    /// `unregistered`, `registered`, `compliant`, `hybridJoined`.
    Word(String),
    /// Members of Graph's deviceInfo.
    Attributes(BTreeMap<String, AttributeText>),
}

impl<'de> Deserialize<'de> for DeviceText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Forms;

        impl<'de> Visitor<'de> for Forms {
            type Value = DeviceText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a word for the device, or a map of its attributes")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<DeviceText, E> {
                Ok(DeviceText::Word(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<DeviceText, A::Error> {
                BTreeMap::deserialize(MapAccessDeserializer::new(map)).map(DeviceText::Attributes)
            }
        }

        deserializer.deserialize_any(Forms)
    }
}

/// An attribute of a device, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttributeText {
    /// True or false.
    Flag(bool),
    /// Text.
    Text(String),
    /// Several texts.
    List(Vec<String>),
}

impl<'de> Deserialize<'de> for AttributeText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Forms;

        impl<'de> Visitor<'de> for Forms {
            type Value = AttributeText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text, a list of texts, true or false")
            }

            fn visit_bool<E: Error>(self, flag: bool) -> Result<AttributeText, E> {
                Ok(AttributeText::Flag(flag))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<AttributeText, E> {
                Ok(AttributeText::Text(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<AttributeText, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(AttributeText::List)
            }
        }

        deserializer.deserialize_any(Forms)
    }
}

impl AttributeText {
    pub(super) fn values(&self) -> Vec<String> {
        match self {
            Self::Flag(flag) => vec![if *flag { "True" } else { "False" }.to_owned()],
            Self::Text(text) => vec![text.clone()],
            Self::List(list) => list.clone(),
        }
    }
}

/// What was already done, as written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClaimsText {
    /// At home: `mfa`, or methods.
    #[serde(default)]
    pub home: Vec<String>,
    /// In the tenant: `mfa`, or methods.
    #[serde(default)]
    pub here: Vec<String>,
    /// Terms of use that were accepted, by id.
    #[serde(default)]
    pub terms_accepted: Vec<String>,
    /// Custom controls that were passed.
    #[serde(default)]
    pub custom_passed: Vec<String>,
}

/// A value, a list of values to try, or null: not specified whatever a default says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Setting<T> {
    /// Not there: a default counts.
    #[default]
    Absent,
    /// Not specified.
    Null,
    /// One or several.
    Values(Vec<T>),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Setting<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Forms<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Forms<T> {
            type Value = Setting<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value, a list of values or null")
            }

            fn visit_unit<E: Error>(self) -> Result<Setting<T>, E> {
                Ok(Setting::Null)
            }

            fn visit_bool<E: Error>(self, flag: bool) -> Result<Setting<T>, E> {
                one(flag.into_deserializer())
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Setting<T>, E> {
                one(number.into_deserializer())
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Setting<T>, E> {
                one(number.into_deserializer())
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Setting<T>, E> {
                one(number.into_deserializer())
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Setting<T>, E> {
                one(text.into_deserializer())
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Setting<T>, A::Error> {
                one(MapAccessDeserializer::new(map))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Setting<T>, A::Error> {
                filled(SeqAccessDeserializer::new(list)).map(Setting::Values)
            }
        }

        fn one<'de, T: Deserialize<'de>, D: Deserializer<'de>>(value: D) -> Result<Setting<T>, D::Error> {
            T::deserialize(value).map(|value| Setting::Values(vec![value]))
        }

        deserializer.deserialize_any(Forms(PhantomData))
    }
}

/// What is a map with these members and nothing else. Serde would take a list as well, member after member.
#[derive(Debug)]
pub struct Mapped<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Mapped<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Forms<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Forms<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }

        deserializer.deserialize_any(Forms(PhantomData)).map(Self)
    }
}

/// Reads a map.
///
/// # Errors
/// No map, or not one with these members.
pub fn mapped<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Mapped::deserialize(deserializer).map(|Mapped(value)| value)
}

/// A list that holds something: an empty one would try nothing, in silence.
///
/// # Errors
/// No list, or an empty one.
pub fn filled<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let list = Vec::deserialize(deserializer)?;
    if list.is_empty() { Err(D::Error::custom("the list is empty")) } else { Ok(list) }
}

/// What is given counts, and null is nothing, whatever a default says.
fn over_default<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de> + Default,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(|value| Some(value.unwrap_or_default()))
}

impl<T: Clone> Setting<T> {
    /// This one, or the default where it is not there.
    #[must_use]
    pub fn over(&self, base: &Self) -> Self {
        if matches!(self, Self::Absent) { base.clone() } else { self.clone() }
    }

    /// Every value to try; `None` is not specified. Never empty.
    #[must_use]
    pub fn choices(&self) -> Vec<Option<T>> {
        match self {
            Self::Values(values) if !values.is_empty() => values.iter().cloned().map(Some).collect(),
            _ => vec![None],
        }
    }
}

/// The same for a map.
fn map_over_default<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de> + Default,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(|value| Some(value.map(|Mapped(value)| value).unwrap_or_default()))
}

macro_rules! whens {
    ($($(#[$doc:meta])* $field:ident: $type:ty,)*) => {
        /// Conditions, as written in a scenario file: each member may hold several values.
        #[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields, default)]
        pub struct Whens {
            $($(#[$doc])* pub $field: Setting<$type>,)*
            /// Scopes of the request; a list by itself.
            #[serde(deserialize_with = "over_default")]
            pub scopes: Option<Vec<String>>,
            /// What was already done.
            #[serde(deserialize_with = "map_over_default")]
            pub claims: Option<ClaimsText>,
        }

        /// Conditions, as written.
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        pub struct When {
            $($(#[$doc])* pub $field: Option<$type>,)*
            /// Scopes of the request.
            pub scopes: Vec<String>,
            /// What was already done.
            pub claims: ClaimsText,
        }

        impl Whens {
            /// These over those.
            #[must_use]
            pub fn over(&self, base: &Self) -> Self {
                Self {
                    $($field: self.$field.over(&base.$field),)*
                    scopes: self.scopes.clone().or_else(|| base.scopes.clone()),
                    claims: self.claims.clone().or_else(|| base.claims.clone()),
                }
            }

            /// Every combination of values, with the words for those that vary.
            #[must_use]
            pub fn each(&self) -> Vec<(When, Vec<String>)> {
                let first = When {
                    scopes: self.scopes.clone().unwrap_or_default(),
                    claims: self.claims.clone().unwrap_or_default(),
                    ..When::default()
                };
                let mut all = vec![(first, Vec::new())];
                $(
                    let choices = self.$field.choices();
                    let mut next = Vec::with_capacity(all.len() * choices.len());
                    for (when, words) in &all {
                        for choice in &choices {
                            let mut words: Vec<String> = words.clone();
                            if choices.len() > 1 {
                                words.push(format!("{} {}", stringify!($field).replace('_', " "), choice.as_ref().map_or_else(|| "not specified".to_owned(), ToString::to_string)));
                            }
                            next.push((When { $field: choice.clone(), ..when.clone() }, words));
                        }
                    }
                    all = next;
                )*
                all
            }
        }
    };
}

whens! {
    /// The client.
    client: String,
    /// The platform, or `unknown`.
    platform: String,
    /// The address, or `unlisted`.
    ip: String,
    /// The country of the address, or `unmapped`.
    country: String,
    /// The country that GPS tells.
    gps_country: String,
    /// Whether the address is one of the MFA trusted IPs.
    mfa_trusted_ip: bool,
    /// Whether the traffic comes through Global Secure Access.
    compliant_network: bool,
    /// The device.
    device: DeviceText,
    /// Sign-in risk.
    sign_in_risk: String,
    /// User risk.
    user_risk: String,
    /// Insider risk.
    insider_risk: String,
    /// The authentication flow, or `none`.
    flow: String,
    /// The flow that the session began with.
    original_flow: String,
    /// The authentication context that the resource asks for.
    authentication_context: String,
    /// A user action, in place of an application.
    user_action: String,
    /// Whether the client is public.
    public_client: bool,
    /// Whether somebody can complete steps.
    interactive: bool,
    /// `allowed` or `blocked`.
    home_outbound: String,
    /// Whether the client's own tenant restricts it.
    tenant_restricted: bool,
    /// Whether a shared channel is opened.
    shared_channel: bool,
    /// A tenant that somebody of this one goes to.
    outbound_to: String,
    /// `collaboration` or `directConnect`, for those who go out.
    channel: String,
}

impl fmt::Display for DeviceText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attributes = match self {
            Self::Word(word) => return f.write_str(word),
            Self::Attributes(attributes) => attributes,
        };
        for (index, (name, value)) in attributes.iter().enumerate() {
            let separator = if index == 0 { "" } else { " and " };
            write!(f, "{separator}{name} {}", value.values().join("+"))?;
        }
        Ok(())
    }
}
