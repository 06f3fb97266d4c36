/** Small pictures. Faulty: version 2 goes over each pixel four times. Healthy: version 2 is written differently. */
import { createServer } from 'node:http';
import { isFaulty, listen, version } from '../../listen.ts';

const picture = Uint8Array.from({ length: 240_000 }, (_, i) => i % 251);

function shrink(pixels: Uint8Array): number {
  let sum = 0;
  const rounds = isFaulty && version === 'v2' ? 4 : 1;
  for (let round = 0; round < rounds; round += 1) {
    if (version === 'v1') for (const pixel of pixels) sum = (sum * 31 + pixel) % 1_000_003;
    else for (let i = 0; i < pixels.length; i += 1) sum = (sum * 31 + (pixels[i] ?? 0)) % 1_000_003;
  }
  return sum;
}
const thumbnail = () => `${shrink(picture)}`;

listen(
  createServer((_request, response) => {
    response.end(thumbnail());
  }),
);
