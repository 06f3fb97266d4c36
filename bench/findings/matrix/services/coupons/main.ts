/** Coupons. Faulty: version 2 forgets that some have no percentage. Healthy: unknown coupons are refused, in both versions. */
import fastify from 'fastify';
import { AnsweredError, isFaulty, listen, version } from '../../listen.ts';

interface Coupon {
  readonly code: string;
  readonly discount?: { readonly percent: number };
}
const coupons: readonly Coupon[] = Array.from({ length: 20 }, (_, n) =>
  n === 7 ? { code: `C${n}` } : { code: `C${n}`, discount: { percent: n } },
);

function applyCoupon(price: number, coupon: Coupon): number {
  if (isFaulty && version === 'v2') {
    const { percent } = coupon.discount as { percent: number };
    return price * (1 - percent / 100);
  }
  return price * (1 - (coupon.discount?.percent ?? 0) / 100);
}

let next = 0;
const app = fastify();
app.get('/basket', async () => {
  next = (next + 1) % 20;
  if (!isFaulty && next === 3) throw new AnsweredError('no such coupon', 404);
  const coupon = coupons[next];
  return { price: coupon ? applyCoupon(100, coupon) : 100 };
});
await app.ready();
listen(app.server);
