//! Proofs that instructions may run: nothing in this crate runs one that not every x86-64 processor has without a proof.

#![allow(unsafe_code, reason = "who makes a proof by hand promises what it proves")]

/// Declares a proof: a value of it means that the named instructions run on this processor in its present state.
macro_rules! proof {
    ($(#[$doc:meta])* $name:ident: $($feature:tt)+) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(());

        impl $name {
            /// The proof, by promise.
            ///
            /// # Safety
            /// The instructions must run wherever the value is used: the processor has them, and what it was told in CR0
            /// (EM, TS), CR4 (OSFXSR, OSXSAVE) and XCR0 lets them.
            #[must_use]
            pub const unsafe fn promised() -> Self {
                Self(())
            }

            /// The proof, if CPUID gives it and an operating system is there that has set up the control registers.
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

/// What may run here, beyond what every x86-64 processor has (SSE2 among it).
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
    /// What this machine has, as the operating system and CPUID tell.
    ///
    /// For hosts. Never for code without an operating system: CPUID says what the processor has, not whether the control
    /// registers let it run, and raises #VC or #VE in a confidential guest.
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
