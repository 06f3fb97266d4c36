/** Saves and loads the catalog. */
import type { DatabaseSync } from 'node:sqlite';
import type { Catalog, CatalogScope, CatalogSource } from '../catalog.ts';

/** Older files end after the first three. */
type InstanceRow = [
  id: string,
  firstSeen: number,
  lastSeen: number,
  saysItIsThere?: 0 | 1,
  silences?: [from: number, to: number][],
];

export function loadCatalog(database: DatabaseSync, catalog: Catalog): void {
  for (const row of database.prepare('SELECT * FROM scope').all()) {
    const service = String(row.service);
    const environment = String(row.environment);
    const version = String(row.version);
    // Written by saveScope below, in this shape.
    const instances: InstanceRow[] = JSON.parse(String(row.instances));
    catalog.addScope(JSON.stringify([service, environment, version]), {
      id: Number(row.id),
      service,
      environment,
      version,
      revision: row.revision === null ? undefined : String(row.revision),
      repository: row.repository === null ? undefined : String(row.repository),
      firstSeen: Number(row.first_seen),
      lastSeen: Number(row.last_seen),
      functions: 0,
      instances: new Map(
        instances.map(([id, firstSeen, lastSeen, saysItIsThere = 0, silences = []]) => [
          id,
          { firstSeen, lastSeen, saysItIsThere: saysItIsThere === 1, silences: [...silences], sources: new Map() },
        ]),
      ),
      sources: new Map(),
    });
  }
  for (const row of database.prepare('SELECT * FROM source').all()) {
    const scope = catalog.scopesById.get(Number(row.scope));
    if (scope === undefined) continue;
    // Written by saveSource below, in this shape.
    const unmeasured: [string, number, string][] = JSON.parse(String(row.unmeasured));
    catalog.addSource({
      id: Number(row.id),
      scope,
      file: String(row.file),
      blob: String(row.blob),
      firstSeen: Number(row.first_seen),
      lastSeen: Number(row.last_seen),
      unmeasured: new Map(
        unmeasured.map(([name, line, reason]) => [`${name}:${line}`, { function: name, line, reason }]),
      ),
      functions: new Map(),
      named: new Map(),
    });
  }
  const functions = database.prepare('SELECT id, source, name, line, measured_since, last_call FROM fn');
  for (const row of functions.iterate()) {
    const source = catalog.sourcesById.get(Number(row.source));
    if (source === undefined) continue;
    catalog.addFunction({
      id: Number(row.id),
      source,
      name: String(row.name),
      line: Number(row.line),
      measuredSince: Number(row.measured_since),
      lastCall: Number(row.last_call),
    });
  }
}

export class CatalogSaver {
  readonly #scope;
  readonly #source;
  readonly #fn;
  readonly #times;
  readonly #catalog: Catalog;

  constructor(database: DatabaseSync, catalog: Catalog) {
    this.#catalog = catalog;
    this.#scope = database.prepare('INSERT OR REPLACE INTO scope VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#source = database.prepare('INSERT OR REPLACE INTO source VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#fn = database.prepare('INSERT OR REPLACE INTO fn VALUES (?, ?, ?, ?, ?, ?)');
    this.#times = database.prepare('UPDATE fn SET measured_since = ?, last_call = ? WHERE id = ?');
  }

  /** Saves what rows may point at. Call inside the transaction that writes them, and {@link savedNew} after its commit. */
  saveNew(): void {
    const { newScopes, newSources, newFunctions } = this.#catalog;
    for (const scope of newScopes) this.#saveScope(scope);
    for (const source of newSources) this.#saveSource(source);
    for (const fn of newFunctions) {
      this.#fn.run(fn.id, fn.source.id, fn.name, fn.line, Math.round(fn.measuredSince), Math.round(fn.lastCall));
    }
  }

  savedNew(): void {
    this.#catalog.newScopes.clear();
    this.#catalog.newSources.clear();
    this.#catalog.newFunctions.clear();
  }

  /** Saves who was seen and called when. After a crash these instants may be a minute old; counts never are. */
  saveDirty(): void {
    const { dirtyScopes, dirtySources, dirtyFunctions } = this.#catalog;
    for (const scope of dirtyScopes) this.#saveScope(scope);
    for (const source of dirtySources) this.#saveSource(source);
    for (const fn of dirtyFunctions) this.#times.run(Math.round(fn.measuredSince), Math.round(fn.lastCall), fn.id);
  }

  savedDirty(): void {
    this.#catalog.dirtyScopes.clear();
    this.#catalog.dirtySources.clear();
    this.#catalog.dirtyFunctions.clear();
  }

  #saveScope(scope: CatalogScope): void {
    const instances = [...scope.instances].map(
      ([id, seen]): InstanceRow => [
        id,
        Math.round(seen.firstSeen),
        Math.round(seen.lastSeen),
        seen.saysItIsThere ? 1 : 0,
        seen.silences.map(([from, to]): [number, number] => [Math.round(from), Math.round(to)]),
      ],
    );
    this.#scope.run(
      scope.id,
      scope.service,
      scope.environment,
      scope.version,
      scope.revision ?? null,
      scope.repository ?? null,
      Math.round(scope.firstSeen),
      Math.round(scope.lastSeen),
      JSON.stringify(instances),
    );
  }

  #saveSource(source: CatalogSource): void {
    const unmeasured = [...source.unmeasured.values()].map((each) => [each.function, each.line, each.reason]);
    this.#source.run(
      source.id,
      source.scope.id,
      source.file,
      source.blob,
      Math.round(source.firstSeen),
      Math.round(source.lastSeen),
      JSON.stringify(unmeasured),
    );
  }
}
