/** Made when it is first asked for: a service that loads this for its first probe makes no list and no pattern in one go. */
export function once<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
