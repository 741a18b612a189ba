//! Enums whose members have a number and a name.

/// Declares an enum: the number and the report's name of each member, and a list of all members.
///
/// The members of every purgatory are followed by those of the drop-in for kexec-tools, and then by those of the native
/// purgatory. A purgatory that cannot use a member is built without its name.
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
            /// All members, in the order of their numbers.
            pub const ALL: &'static [Self] = &[
                $(Self::$variant,)+
                $($(Self::$kvariant,)+)?
                $($(Self::$nvariant,)+)?
            ];

            /// Returns the name in the report.
            #[must_use]
            pub fn name(self) -> &'static str {
                // One text and no table of pointers: this takes half the bytes in the blob.
                #[cfg(not(feature = "kexec-tools"))]
                const NAMES: &str = concat!($($text, "\n",)+);
                #[cfg(all(feature = "kexec-tools", not(feature = "native")))]
                const NAMES: &str = concat!($($text, "\n",)+ $($($ktext, "\n",)+)?);
                #[cfg(feature = "native")]
                const NAMES: &str = concat!($($text, "\n",)+ $($($ktext, "\n",)+)? $($($ntext, "\n",)+)?);
                $crate::codes::line(NAMES, self.code().wrapping_sub(Self::ALL[0].code()))
            }

            /// Returns the number.
            #[must_use]
            pub const fn code(self) -> u8 {
                self as u8
            }

            /// Returns the member with this number, if there is one.
            #[must_use]
            pub fn from_code(code: u8) -> Option<Self> {
                Self::ALL.iter().copied().find(|member| member.code() == code)
            }

            /// Returns the member with this name, if there is one.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|member| member.name() == name)
            }
        }
    };
}

/// Returns the line with this index of a text in which a line feed ends each line; empty if there are fewer lines.
#[inline(never)]
pub(crate) fn line(lines: &'static str, index: u8) -> &'static str {
    let mut rest = lines;
    for _ in 0..index {
        rest = split(rest).1;
    }
    split(rest).0
}

/// Returns the text before the first line feed, and the text after it.
fn split(text: &'static str) -> (&'static str, &'static str) {
    let end = text.bytes().position(|byte| byte == b'\n').unwrap_or_default();
    let (line, rest) = text.split_at_checked(end).unwrap_or_default();
    (line, rest.get(1..).unwrap_or_default())
}
