//! Scripts that let a shell complete command lines of svcd, made from the tables of the commands.

pub(super) mod bash;
pub(super) mod fish;
mod takes;
pub(super) mod zsh;
