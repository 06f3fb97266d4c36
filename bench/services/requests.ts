/** What the measured services are asked for. */
import type { LoadRequest } from '../frame/http-load.ts';

/** Ten orders, one of which is refused. */
export function orderRequests(lines: number): readonly LoadRequest[] {
  return Array.from({ length: 10 }, (_, id) => ({
    method: 'GET',
    path: `/orders/${id}/${lines}`,
    status: id === 3 ? 409 : 200,
  }));
}

/** Ten baskets of ten lines, two of which are refused: by a coupon that there is not, by stock. */
export function basketRequests(): readonly LoadRequest[] {
  return Array.from({ length: 10 }, (_, basket) => {
    const lines = Array.from({ length: 10 }, (_line, index) => ({
      sku: `sku-${1000 + ((basket * 53 + index * 17) % 480)}`,
      quantity: 1 + ((basket + index * 3) % 5),
      ...(index % 3 === 0 ? { note: `gift for number ${basket}` } : {}),
    }));
    if (basket === 7) lines.push({ sku: 'sku-1495', quantity: 6 });
    const coupon = basket === 2 ? 'NO-SUCH' : 'welcome10';
    return {
      method: 'POST',
      path: '/checkout',
      body: { customer: { id: basket, country: 'DE', email: `customer-${basket}@example.com` }, coupon, lines },
      status: basket === 2 || basket === 7 ? 409 : 200,
    };
  });
}
