/** What a call of a tool tells of the work of its session: what it asked about, by the names that inputs have. Pure. */
import { type Interest, mostInterests } from '@runlens/protocol';

/** Paths and names as the request for news takes them. */
const mostCharacters = { path: 1_000, name: 300 } as const;
/** A change of the working copy is judged as a whole: its functions are worked on. */
const ofChanges = 'runlens_review_change';

export function interestOfCall(
  tool: string,
  input: Readonly<Record<string, unknown>>,
  output: Readonly<Record<string, unknown>> | undefined,
): Interest {
  const named = (value: unknown, most: number): string | undefined =>
    typeof value === 'string' && value !== '' && value.length <= most ? value : undefined;
  const service = named(input.service, mostCharacters.name);
  const environment = named(input.environment, mostCharacters.name);
  const file = named(input.file, mostCharacters.path);
  const name = named(input.function, mostCharacters.name);
  const reviewed = tool === ofChanges && Array.isArray(output?.functions) ? output.functions : [];
  const functions = [{ file, function: name }, ...reviewed].flatMap((each: unknown) => {
    if (typeof each !== 'object' || each === null) return [];
    const place = each as Readonly<Record<string, unknown>>; // an object was just seen
    const [path, called] = [named(place.file, mostCharacters.path), named(place.function, mostCharacters.name)];
    return path === undefined || called === undefined ? [] : [{ file: path, function: called }];
  });
  return {
    ...(service === undefined ? {} : { service }),
    ...(environment === undefined ? {} : { environment }),
    ...(file === undefined ? {} : { files: [file] }),
    ...(functions.length === 0 ? {} : { functions: functions.slice(0, mostInterests) }),
  };
}
