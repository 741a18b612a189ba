//! A kernel for vectors without a rotate instruction: one source for every width.
//!
//! One block of every lane takes 64 rounds of 35 operations, 48 words of 21, and 64 operations to transpose bytes of
//! lanes into vectors of words. The speed depends on the number of operations that the processor can start at once. But
//! a round waits for the one before, and a round that computes no schedule word leaves units idle. So
//!
//! - eight rounds compute six words, and every second eight rounds read a quarter of the next block: the last eight
//!   rounds are like the first, in one short loop;
//! - all 64 words are in memory, so that computing and using them can drift apart: at the end a word is computed just
//!   before its round;
//! - the program first has the operations that the next round waits for, then the others, and each sum in the order in
//!   which its terms are ready. The compiler would mix the rounds and reorder the sums: see `after`.
//!
//! A loop of sixteen rounds that compute sixteen words, with another loop for the last sixteen rounds, is 5.8 KB
//! larger, and 1 % slower on AMD Zen 3.
//!
//! Two functions are computed in another way than in the standard:
//!
//! - Ch(e, f, g) is g ^ (e & (f ^ g)), one operation less.
//! - Maj(a, b, c) is b ^ ((a ^ b) & (b ^ c)), and b ^ c is the a ^ b of the round before: two operations less.
//!
//! Source of the algorithm: FIPS 180-4, sections 4.1.2 and 6.2.2.

/// The distance from the block that is read to the bytes that are prefetched.
pub(super) const PREFETCH_BYTES: usize = 512;

/// Defines `fn $name(states: &mut States, lanes: &Lanes<'_>)`, which compresses `lanes.blocks()` blocks of each lane
/// into its state.
///
/// The calling module must have all items that `rounds` defines and needs. It also needs `LANES`, `load` and `store`
/// for rows of states, and `fn $quarter(row: Row<'_, LANES>, quarter: usize) -> [Vector; 4]`, which returns four words
/// of a block of each lane.
macro_rules! kernel {
    ($name:ident, $features:literal, $quarter:ident) => {
        // No closures here and below: the compiler would build them without the target features and call them out of
        // line.
        #[target_feature(enable = $features)]
        fn $name(states: &mut States, lanes: &Lanes<'_>) {
            let Some(mut row) = lanes.first_row() else { return };
            let mut words = [broadcast(0); 64];
            for quarter in 0..4 {
                words.as_chunks_mut().0[quarter] = $quarter(row, quarter);
            }
            let mut state = [broadcast(0); 8];
            for (word, row) in state.iter_mut().zip(&states.0) {
                *word = load(row);
            }
            loop {
                let next = row.next();
                // After the last block, that block is read again, and not used.
                let read = next.unwrap_or(row);
                for lane in 0..LANES {
                    let ahead = read.block(lane).as_ptr().wrapping_add(PREFETCH_BYTES);
                    _mm_prefetch::<_MM_HINT_T0>(ahead.cast());
                }
                let (groups, _) = ROUND_CONSTANTS.as_flattened().as_chunks::<8>();
                for (group, constants) in groups.iter().enumerate() {
                    eight_times!(I {
                        if I % 4 != 3 {
                            let first = 6 * group + I - I / 4;
                            words[first + 16] = sixteen_words_later(
                                words[first],
                                after(words[first + 1], state[0]),
                                words[first + 9],
                                after(words[first + 14], state[0]),
                            );
                        }
                        state = round(state, words[8 * group + I], broadcast(constants[I]));
                    });
                    if group % 2 == 1 {
                        // The words that this overwrites have all been used.
                        let quarter = group / 2;
                        words.as_chunks_mut().0[quarter] = $quarter(read, quarter);
                    }
                }
                for (word, row) in state.iter_mut().zip(&mut states.0) {
                    *word = add(load(row), *word);
                    store(row, *word);
                }
                let Some(next) = next else { return };
                row = next;
            }
        }
    };
}

/// Defines `round` and `sixteen_words_later`.
///
/// The calling module must have the type `Vector`, and for it `broadcast`, `add`, `and`, `xor`, `shl`, `shr` and
/// `after`.
macro_rules! rounds {
    ($features:literal) => {
        /// A round: FIPS 180-4, section 6.2.2, step 3.
        #[target_feature(enable = $features)]
        #[inline]
        fn round(
            [a, b, c, d, e, f, g, h]: [Vector; 8],
            word: Vector,
            constant: Vector,
        ) -> [Vector; 8] {
            let ch = xor(g, and(e, after(xor(f, g), e)));
            let big_sigma_1 = xor(xor(rotate::<6, 26>(e), rotate::<11, 21>(e)), rotate::<25, 7>(e));
            let early = after(add(h, add(word, constant)), ch);
            let t1 = add(after(add(early, ch), big_sigma_1), big_sigma_1);
            let next_e = add(d, t1);
            let a = after(a, next_e);
            let maj = xor(b, and(xor(a, b), xor(b, c)));
            let big_sigma_0 =
                xor(xor(rotate::<2, 30>(a), rotate::<13, 19>(a)), rotate::<22, 10>(a));
            [add(t1, add(big_sigma_0, maj)), a, b, c, next_e, e, f, g]
        }

        /// The word of the message schedule sixteen after `word`, from those that are one, nine and fourteen after it.
        #[target_feature(enable = $features)]
        #[inline]
        fn sixteen_words_later(
            word: Vector,
            one: Vector,
            nine: Vector,
            fourteen: Vector,
        ) -> Vector {
            let small_sigma_0 =
                xor(xor(rotate::<7, 25>(one), rotate::<18, 14>(one)), shr::<3>(one));
            let small_sigma_1 = xor(
                xor(rotate::<17, 15>(fourteen), rotate::<19, 13>(fourteen)),
                shr::<10>(fourteen),
            );
            add(add(nine, small_sigma_1), add(word, small_sigma_0))
        }

        #[target_feature(enable = $features)]
        #[inline]
        fn rotate<const RIGHT: i32, const LEFT: i32>(x: Vector) -> Vector {
            xor(shr::<RIGHT>(x), shl::<LEFT>(x))
        }
    };
}

/// Repeats the body for each `const I: usize` of `0..8`.
macro_rules! eight_times {
    ($i:ident $body:block) => {
        $crate::lanes::rounds::unrolled!($i $body 0 1 2 3 4 5 6 7)
    };
}

/// Repeats the body for each `const I: usize` of `0..16`.
macro_rules! sixteen_times {
    ($i:ident $body:block) => {
        $crate::lanes::rounds::unrolled!($i $body 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
    };
}

/// Repeats the body for each number. The compiler would not unroll so long a loop body, and the indices must be
/// constants.
macro_rules! unrolled {
    ($i:ident $body:block $($n:literal)+) => {
        $({
            const $i: usize = $n;
            $body
        })+
    };
}

pub(super) use {eight_times, kernel, rounds, sixteen_times, unrolled};
