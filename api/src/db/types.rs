//! Values that look the same in both databases: native uuid, timestamptz and jsonb in PostgreSQL, text in SQLite.

use chrono::{DateTime, SubsecRound, Utc};
use diesel::{deserialize::FromSqlRow, expression::AsExpression};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// SQL types for `schema.rs`.
pub mod sql {
    use diesel::{query_builder::QueryId, sql_types::SqlType};

    #[derive(SqlType, Debug, Clone, Copy, Default, QueryId)]
    #[diesel(postgres_type(oid = 2950, array_oid = 2951), sqlite_type(name = "Text"))]
    pub struct DbId;
    #[derive(SqlType, Debug, Clone, Copy, Default, QueryId)]
    #[diesel(postgres_type(oid = 1184, array_oid = 1185), sqlite_type(name = "Text"))]
    pub struct DbTs;
    #[derive(SqlType, Debug, Clone, Copy, Default, QueryId)]
    #[diesel(postgres_type(oid = 3802, array_oid = 3807), sqlite_type(name = "Text"))]
    pub struct DbJson;
    impl diesel::sql_types::SqlOrd for DbTs {}
    impl diesel::sql_types::SqlOrd for DbId {}
}
use sql::{DbId, DbJson, DbTs};

/// Identity of a row: a UUIDv7, so that ids sort by the time they were made.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, AsExpression, FromSqlRow, ToSchema,
)]
#[diesel(sql_type = DbId)]
#[serde(transparent)]
#[schema(value_type = String, format = Uuid, example = "01932b6e-7a3c-7c10-9b53-3d0f6f8a1c42")]
pub struct Id(pub uuid::Uuid);

impl Id {
    /// A fresh id.
    pub fn new() -> Self {
        Id(uuid::Uuid::now_v7())
    }

    /// The sixteen bytes, for signatures and compact codes.
    pub fn bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl Default for Id {
    fn default() -> Self {
        Self::new()
    }
}
impl std::fmt::Debug for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
impl std::str::FromStr for Id {
    type Err = uuid::Error;
    fn from_str(s: &str) -> Result<Self, uuid::Error> {
        s.parse().map(Id)
    }
}

/// A moment in UTC with microseconds, the precision both databases keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, AsExpression, FromSqlRow, ToSchema)]
#[diesel(sql_type = DbTs)]
#[serde(transparent)]
#[schema(value_type = String, format = DateTime, example = "2026-11-22T01:02:03.123456Z")]
pub struct Ts(pub DateTime<Utc>);

impl Ts {
    /// Truncates to microseconds, so that what is written is what is read back.
    pub fn from_utc(at: DateTime<Utc>) -> Self {
        Ts(at.trunc_subsecs(6))
    }
    /// Milliseconds since 1970; `None` outside the years a calendar can hold.
    pub fn from_millis(ms: i64) -> Option<Self> {
        DateTime::from_timestamp_millis(ms)
            .filter(|at| (1970..=9999).contains(&chrono::Datelike::year(at)))
            .map(Ts)
    }
    pub fn millis(&self) -> i64 {
        self.0.timestamp_millis()
    }
    /// Whole seconds since 1970.
    pub fn secs(&self) -> i64 {
        self.0.timestamp()
    }
}

impl<'de> Deserialize<'de> for Ts {
    // Years outside 1970–9999 have no fixed-width text and would sort wrongly in SQLite.
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let at = DateTime::<Utc>::deserialize(d)?;
        if !(1970..=9999).contains(&chrono::Datelike::year(&at)) {
            return Err(serde::de::Error::custom("the year must lie between 1970 and 9999"));
        }
        Ok(Ts::from_utc(at))
    }
}
impl std::fmt::Display for Ts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%dT%H:%M:%S%.6fZ"))
    }
}
impl std::ops::Add<chrono::TimeDelta> for Ts {
    type Output = Ts;
    fn add(self, d: chrono::TimeDelta) -> Ts {
        Ts(self.0 + d)
    }
}
impl std::ops::Sub<chrono::TimeDelta> for Ts {
    type Output = Ts;
    fn sub(self, d: chrono::TimeDelta) -> Ts {
        Ts(self.0 - d)
    }
}
impl std::ops::Sub for Ts {
    type Output = chrono::TimeDelta;
    fn sub(self, other: Ts) -> chrono::TimeDelta {
        self.0 - other.0
    }
}

/// A JSON document kept in one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = DbJson)]
#[serde(transparent)]
pub struct Json(pub serde_json::Value);

mod pg {
    use super::*;
    use diesel::{
        deserialize::{self, FromSql},
        pg::{Pg, PgValue},
        serialize::{self, Output, ToSql},
        sql_types::{Jsonb, Timestamptz, Uuid},
    };

    impl ToSql<DbId, Pg> for Id {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
            ToSql::<Uuid, Pg>::to_sql(&self.0, out)
        }
    }
    impl FromSql<DbId, Pg> for Id {
        fn from_sql(v: PgValue<'_>) -> deserialize::Result<Self> {
            FromSql::<Uuid, Pg>::from_sql(v).map(Id)
        }
    }
    impl ToSql<DbTs, Pg> for Ts {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
            ToSql::<Timestamptz, Pg>::to_sql(&self.0, out)
        }
    }
    impl FromSql<DbTs, Pg> for Ts {
        fn from_sql(v: PgValue<'_>) -> deserialize::Result<Self> {
            FromSql::<Timestamptz, Pg>::from_sql(v).map(Ts)
        }
    }
    impl ToSql<DbJson, Pg> for Json {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
            ToSql::<Jsonb, Pg>::to_sql(&self.0, out)
        }
    }
    impl FromSql<DbJson, Pg> for Json {
        fn from_sql(v: PgValue<'_>) -> deserialize::Result<Self> {
            FromSql::<Jsonb, Pg>::from_sql(v).map(Json)
        }
    }
}

mod sqlite {
    use super::*;
    use diesel::{
        deserialize::{self, FromSql},
        serialize::{self, IsNull, Output, ToSql},
        sql_types::Text,
        sqlite::{Sqlite, SqliteValue},
    };

    fn text(v: SqliteValue<'_, '_, '_>) -> deserialize::Result<String> {
        FromSql::<Text, Sqlite>::from_sql(v)
    }
    impl ToSql<DbId, Sqlite> for Id {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
            out.set_value(self.0.to_string());
            Ok(IsNull::No)
        }
    }
    impl FromSql<DbId, Sqlite> for Id {
        fn from_sql(v: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
            Ok(text(v)?.parse()?)
        }
    }
    // Fixed width, so that text order is time order.
    impl ToSql<DbTs, Sqlite> for Ts {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
            out.set_value(self.to_string());
            Ok(IsNull::No)
        }
    }
    impl FromSql<DbTs, Sqlite> for Ts {
        fn from_sql(v: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
            Ok(Ts(text(v)?.parse()?))
        }
    }
    impl ToSql<DbJson, Sqlite> for Json {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
            out.set_value(self.0.to_string());
            Ok(IsNull::No)
        }
    }
    impl FromSql<DbJson, Sqlite> for Json {
        fn from_sql(v: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
            Ok(Json(serde_json::from_str(&text(v)?)?))
        }
    }
}

/// An enum kept as text, with the same words in the database, in JSON and in the contract.
#[macro_export]
macro_rules! text_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $v:ident = $s:tt),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
            diesel::expression::AsExpression, diesel::deserialize::FromSqlRow, utoipa::ToSchema)]
        #[diesel(sql_type = diesel::sql_types::Text)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $s)] $v),+ }
        impl $name {
            /// Every value, in declaration order.
            pub const ALL: &'static [$name] = &[$(Self::$v),+];
            /// The word used in the database, in JSON and in the contract.
            pub fn as_str(self) -> &'static str { match self { $(Self::$v => $s),+ } }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }
        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(s: &str) -> Result<Self, String> {
                match s { $($s => Ok(Self::$v),)+ other => Err(format!("`{other}` is no {}", stringify!($name))) }
            }
        }
        impl<DB: diesel::backend::Backend> diesel::serialize::ToSql<diesel::sql_types::Text, DB> for $name
        where str: diesel::serialize::ToSql<diesel::sql_types::Text, DB> {
            fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, DB>) -> diesel::serialize::Result {
                self.as_str().to_sql(out)
            }
        }
        impl<DB: diesel::backend::Backend> diesel::deserialize::FromSql<diesel::sql_types::Text, DB> for $name
        where String: diesel::deserialize::FromSql<diesel::sql_types::Text, DB> {
            fn from_sql(v: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                Ok(String::from_sql(v)?.parse()?)
            }
        }
    };
}
