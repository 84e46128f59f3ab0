//! Large requests from small inputs: what a fuzzer would have to find a thousand times it finds once.

use provost_core::value::{Object, Value};

/// Values that a request has at most.
const MOST: usize = 50_000;

/// A PATCH with its operations again and again, so many `rounds`, and with each list of one value so many `values` long. A `#`
/// in a text becomes a number that counts, so that what is repeated may differ.
pub fn enlarged(mut request: Object, rounds: usize, values: usize) -> Object {
    let Some(Value::Array(operations)) = request.get("Operations") else { return request };
    let mut copy = Copy { values, number: 0, made: 0 };
    let mut all = Vec::new();
    for operation in std::iter::repeat_n(operations, rounds).flatten() {
        all.push(copy.of(operation));
        if copy.made > MOST {
            break;
        }
    }
    request.insert("Operations", Value::Array(all));
    request
}

struct Copy {
    values: usize,
    number: usize,
    made: usize,
}

impl Copy {
    fn of(&mut self, value: &Value) -> Value {
        self.made += 1;
        match value {
            Value::String(text) if text.contains('#') => {
                self.number += 1;
                Value::String(text.replace('#', &self.number.to_string()))
            }
            Value::Array(list) => match list.as_slice() {
                [one] => Value::Array((0..self.values).map(|_| self.of(one)).collect()),
                all => Value::Array(all.iter().map(|value| self.of(value)).collect()),
            },
            Value::Object(object) => {
                let mut copy = Object::new();
                for (name, value) in object.iter() {
                    copy.insert(name.as_str(), self.of(value));
                }
                Value::Object(copy)
            }
            other => other.clone(),
        }
    }
}
