//! Instruction sets: which ones this CPU has, and work compiled for them.
//!
//! The work is ordinary safe code over arrays. It is compiled once for each set, and the compiler turns the arrays into the
//! registers of that set. As every operation is rounded in the same way by all of them, so are the results.

use std::marker::PhantomData;

/// An instruction set that this CPU was found to have.
// The field is private: only detection in this file makes a value of it, which is what `run` relies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cpu(Set);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    /// What every CPU of the target has: SSE2 on x86-64, NEON on aarch64.
    Baseline,
    /// With fused multiply-add, which is used only where the code says `mul_add`.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// Work that is to be compiled for several instruction sets: `run` and all that it calls has to be `#[inline(always)]`.
pub(super) trait Work {
    fn run(self);
}

/// Work in single precision, whose results need not be the same on every CPU: a product may be added as `A` does it.
pub(super) trait SingleWork {
    fn run<A: AddProduct>(self);
}

/// How a product is added to a sum.
pub(super) trait AddProduct {
    /// Sums of sixteen numbers that the registers have room for beside what is added to them.
    const SUMS: usize;

    /// `sum + a * b`.
    fn add_product(sum: f32, a: f32, b: f32) -> f32;
}

/// Rounds the product and the sum.
pub(super) struct RoundedTwice;

impl AddProduct for RoundedTwice {
    const SUMS: usize = 2;

    #[inline(always)]
    fn add_product(sum: f32, a: f32, b: f32) -> f32 {
        sum + a * b
    }
}

/// Rounds the sum alone; slow on a CPU that has no instruction for it.
pub(super) struct RoundedOnce;

impl AddProduct for RoundedOnce {
    const SUMS: usize = 4;

    #[inline(always)]
    fn add_product(sum: f32, a: f32, b: f32) -> f32 {
        a.mul_add(b, sum)
    }
}

/// Rounds the sum alone, in registers of AVX-512.
pub(super) struct RoundedOnceWide;

impl AddProduct for RoundedOnceWide {
    const SUMS: usize = 16;

    #[inline(always)]
    fn add_product(sum: f32, a: f32, b: f32) -> f32 {
        RoundedOnce::add_product(sum, a, b)
    }
}

/// Single-precision work that adds products as `A` does.
struct With<A, W>(W, PhantomData<A>);

impl<A: AddProduct, W: SingleWork> Work for With<A, W> {
    #[inline(always)]
    fn run(self) {
        self.0.run::<A>();
    }
}

impl Cpu {
    /// All sets that this CPU has, the fastest first.
    pub fn available() -> impl Iterator<Item = Cpu> {
        // no CPU has the others without it
        #[cfg(target_arch = "x86_64")]
        let has_fma = std::arch::is_x86_feature_detected!("fma");
        #[cfg(target_arch = "x86_64")]
        let found = [
            (has_fma && std::arch::is_x86_feature_detected!("avx512f")).then_some(Cpu(Set::Avx512)),
            (has_fma && std::arch::is_x86_feature_detected!("avx2")).then_some(Cpu(Set::Avx2)),
        ];
        #[cfg(not(target_arch = "x86_64"))]
        let found: [Option<Cpu>; 0] = [];
        found.into_iter().flatten().chain([Cpu(Set::Baseline)])
    }

    /// The fastest set that this CPU has.
    pub fn best() -> Cpu {
        Cpu::available().next().unwrap_or(Cpu(Set::Baseline))
    }

    /// The set's name, in lower case.
    pub fn name(self) -> &'static str {
        match self.0 {
            Set::Baseline => "baseline",
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => "avx512",
        }
    }

    /// Does the work with the instructions of this set.
    // inline, so that what `run_single` runs is compiled for the set that it has chosen alone
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    pub(super) fn run(self, work: impl Work) {
        match self.0 {
            Set::Baseline => work.run(),
            set => {
                // SAFETY: the functions are safe on a CPU that has their instructions, and a `Cpu` of these sets is made only by
                // `available`, after the CPU has told so.
                #[allow(unsafe_code)]
                unsafe {
                    if set == Set::Avx512 { with_avx512(work) } else { with_avx2(work) }
                }
            }
        }
    }

    /// Does work in single precision with the instructions of this set.
    pub(super) fn run_single(self, work: impl SingleWork) {
        match self.0 {
            // every CPU of aarch64 has the instruction
            Set::Baseline if cfg!(target_arch = "aarch64") => self.run(With(work, PhantomData::<RoundedOnce>)),
            Set::Baseline => self.run(With(work, PhantomData::<RoundedTwice>)),
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => self.run(With(work, PhantomData::<RoundedOnce>)),
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => self.run(With(work, PhantomData::<RoundedOnceWide>)),
        }
    }

    /// Does the work.
    #[cfg(not(target_arch = "x86_64"))]
    pub(super) fn run(self, work: impl Work) {
        work.run();
    }
}

impl Default for Cpu {
    fn default() -> Cpu {
        Cpu::best()
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn with_avx2(work: impl Work) {
    work.run();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,fma")]
fn with_avx512(work: impl Work) {
    work.run();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_set_comes_first_and_the_one_that_all_have_last() {
        let names: Vec<_> = Cpu::available().map(Cpu::name).collect();
        assert_eq!(names.first(), Some(&Cpu::best().name()));
        assert_eq!(names.last(), Some(&"baseline"));
    }
}
