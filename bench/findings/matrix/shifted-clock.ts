/** What happens now happened some days ago: for `--import`, before anything has asked what time it is. */
const behind = Number(process.env.MATRIX_DAYS_AGO ?? 0) * 86_400_000;
const { now } = Date;
const Real = Date;
if (behind > 0) {
  globalThis.Date = new Proxy(Real, {
    construct: (target, args, self) => Reflect.construct(target, args.length === 0 ? [now() - behind] : args, self),
    get: (target, name, self) => (name === 'now' ? () => now() - behind : Reflect.get(target, name, self)),
    apply: () => new Real(now() - behind).toString(),
  });
}
