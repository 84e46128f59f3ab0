//! The built binary, used as its users do: started in an empty folder, asked over HTTP, managed from the command line.

#[cfg(test)]
mod announced;
#[cfg(test)]
mod application;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod condition;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod cursors;
#[cfg(test)]
mod erasure;
#[cfg(test)]
mod first_start;
#[cfg(test)]
mod http;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod old_database;
#[cfg(test)]
mod old_keys;
#[cfg(test)]
mod process;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod shared_file;
#[cfg(test)]
mod support;
#[cfg(test)]
mod temporary;
#[cfg(test)]
mod unique;
