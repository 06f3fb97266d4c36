/** Of each generation, in statements and in characters. */
const mostStatements = 1_000;
const mostCharacters = 1 << 20;
const longestStatement = 16_384;

/**
 * What is known of statements by their texts as they were asked. Those that were asked lately are kept: what is found in
 * the older of two generations comes into the newer one, which becomes the older when it is full. So a stream of
 * statements with values in them drives out nothing that is asked all the time, and a hit changes nothing.
 */
export class StatementCache<Value> {
  #newer: Texts<Value> = new Map();
  #older: Texts<Value> = new Map();
  #statements = 0;
  #characters = 0;

  /** Looked up step by step: a key made of all three would be a new text, to be read through, for each query. */
  get(system: string, server: string, statement: string): Value | undefined {
    const known = this.#newer.get(system)?.get(server)?.get(statement);
    if (known !== undefined) return known;
    const older = this.#older.get(system)?.get(server)?.get(statement);
    if (older !== undefined) this.set(system, server, statement, older);
    return older;
  }

  set(system: string, server: string, statement: string, value: Value): void {
    if (statement.length > longestStatement) return;
    if (this.#statements >= mostStatements || this.#characters >= mostCharacters) {
      this.#older = this.#newer;
      this.#newer = new Map();
      this.#statements = 0;
      this.#characters = 0;
    }
    const servers = entryOf(this.#newer, system, () => new Map<string, Map<string, Value>>());
    entryOf(servers, server, () => new Map<string, Value>()).set(statement, value);
    this.#statements += 1;
    this.#characters += statement.length;
  }

  clear(): void {
    this.#older = new Map();
    this.#newer = new Map();
    this.#statements = 0;
    this.#characters = 0;
  }
}

/** By system, server and text. */
type Texts<Value> = Map<string, Map<string, Map<string, Value>>>;

function entryOf<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
