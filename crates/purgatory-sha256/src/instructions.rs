//! Proofs that instructions may run. Without a proof, this crate runs only instructions that every x86-64 processor
//! has.

#![allow(unsafe_code, reason = "a proof made without detection is the caller's responsibility")]

/// Declares a type whose values prove that the named instructions run on this processor in its present state.
macro_rules! proof {
    ($(#[$doc:meta])* $name:ident: $($feature:tt)+) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(());

        impl $name {
            /// Returns a proof on the caller's responsibility.
            ///
            /// # Safety
            /// The instructions must run wherever the value is used: the processor has them, and CR0 (EM, TS), CR4
            /// (OSFXSR, OSXSAVE) and XCR0 enable them.
            #[must_use]
            pub const unsafe fn new_unchecked() -> Self {
                Self(())
            }

            /// Returns a proof if CPUID reports the instructions. An operating system must have set up the control
            /// registers.
            #[cfg(feature = "std")]
            fn detected() -> Option<Self> {
                ($(std::is_x86_feature_detected!($feature))&&+).then_some(Self(()))
            }
        }
    };
}

proof! {
    /// SSE2 and SSSE3 may run.
    Ssse3: "ssse3"
}

proof! {
    /// SHA, SSE2, SSSE3 and SSE4.1 may run.
    ShaNi: "sha" "ssse3" "sse4.1"
}

proof! {
    /// AVX and AVX2 may run, with all 256 bits of the vector registers.
    Avx2: "avx2"
}

proof! {
    /// AVX-512F and AVX-512BW may run, with all 512 bits of the vector registers and all 32 of them.
    Avx512: "avx512f" "avx512bw"
}

/// The instructions that may run, in addition to those of every x86-64 processor (which include SSE2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Instructions {
    /// SSSE3.
    pub ssse3: Option<Ssse3>,
    /// The SHA extensions.
    pub sha_ni: Option<ShaNi>,
    /// AVX2.
    pub avx2: Option<Avx2>,
    /// AVX-512.
    pub avx512: Option<Avx512>,
}

impl Instructions {
    /// Returns the instructions of this machine, as the operating system and CPUID report them.
    ///
    /// For hosts only. Without an operating system, CPUID reports the instructions of the processor, but not whether
    /// the control registers enable them, and it raises #VC or #VE in a confidential guest.
    #[cfg(feature = "std")]
    #[must_use]
    pub fn detected() -> Self {
        Self {
            ssse3: Ssse3::detected(),
            sha_ni: ShaNi::detected(),
            avx2: Avx2::detected(),
            avx512: Avx512::detected(),
        }
    }
}
