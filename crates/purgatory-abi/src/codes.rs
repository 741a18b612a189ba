//! Numbers with names.

/// Declares a flat code enum: number, name in the report, and all its members for those who decode or test.
///
/// Behind the members that every purgatory can come to stand those of the drop-in for kexec-tools' and then those of the
/// native one. A purgatory that cannot come to them is built without their names.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident {
        $($(#[$vdoc:meta])* $variant:ident = $code:literal, $text:literal;)+
        $(+ kexec_tools { $($(#[$kdoc:meta])* $kvariant:ident = $kcode:literal, $ktext:literal;)+ })?
        $(+ native { $($(#[$ndoc:meta])* $nvariant:ident = $ncode:literal, $ntext:literal;)+ })?
    }) => {
        $(#[$doc])*
        #[repr(u8)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$vdoc])* $variant = $code,)+
            $($($(#[$kdoc])* $kvariant = $kcode,)+)?
            $($($(#[$ndoc])* $nvariant = $ncode,)+)?
        }

        impl $name {
            /// Every member, in the order of its number.
            pub const ALL: &'static [Self] = &[
                $(Self::$variant,)+
                $($(Self::$kvariant,)+)?
                $($(Self::$nvariant,)+)?
            ];

            /// The word for it in the report.
            #[must_use]
            pub fn name(self) -> &'static str {
                // One text and no table of pointers: half the bytes, in a blob that counts them.
                #[cfg(not(feature = "kexec-tools"))]
                const NAMES: &str = concat!($($text, "\n",)+);
                #[cfg(all(feature = "kexec-tools", not(feature = "native")))]
                const NAMES: &str = concat!($($text, "\n",)+ $($($ktext, "\n",)+)?);
                #[cfg(feature = "native")]
                const NAMES: &str = concat!($($text, "\n",)+ $($($ktext, "\n",)+)? $($($ntext, "\n",)+)?);
                $crate::codes::line(NAMES, self.code().wrapping_sub(Self::ALL[0].code()))
            }

            /// The number of it.
            #[must_use]
            pub const fn code(self) -> u8 {
                self as u8
            }

            /// The member with this number, if there is one.
            #[must_use]
            pub fn from_code(code: u8) -> Option<Self> {
                Self::ALL.iter().copied().find(|member| member.code() == code)
            }

            /// The member with this name, if there is one.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|member| member.name() == name)
            }
        }
    };
}

/// The word with this index in a text in which a line feed ends each; empty if there are fewer.
#[inline(never)]
pub(crate) fn line(words: &'static str, index: u8) -> &'static str {
    let mut rest = words;
    for _ in 0..index {
        rest = split(rest).1;
    }
    split(rest).0
}

/// What stands before the first line feed, and what behind it.
fn split(words: &'static str) -> (&'static str, &'static str) {
    let end = words.bytes().position(|byte| byte == b'\n').unwrap_or_default();
    let (word, rest) = words.split_at_checked(end).unwrap_or_default();
    (word, rest.get(1..).unwrap_or_default())
}
