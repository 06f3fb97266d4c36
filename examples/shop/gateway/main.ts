import Fastify from 'fastify';
import { z } from 'zod';
import { closeConnectionsAtStop } from '../routes/close-connections.ts';
import { stopOnSignal } from '../stop-on-signal.ts';
import { Acquirer } from './acquirer.ts';

const count = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a whole number')
  .transform(Number);
const environmentSchema = z.object({
  GATEWAY_PORT: count.pipe(z.number().max(65_535, 'must be a port number up to 65535')).default(3001),
  GATEWAY_SESSIONS: count.default(4),
});
const chargeSchema = z.object({
  amountCents: z.number().int().min(1),
  currency: z.literal('EUR'),
  card: z.string().regex(/^\d{12,19}$/),
});

const environment = environmentSchema.safeParse(process.env);
if (!environment.success) {
  for (const issue of environment.error.issues) console.error(`gateway: ${issue.path.join('.')} ${issue.message}`);
  process.exit(2);
}
const { GATEWAY_PORT: port, GATEWAY_SESSIONS: sessions } = environment.data;

const app = Fastify();
const acquirer = new Acquirer(sessions);

closeConnectionsAtStop(app);

app.get('/health', async () => ({ status: 'ok' }));

app.post('/charges', async (request, reply) => {
  const charge = chargeSchema.safeParse(request.body);
  if (!charge.success) return reply.code(400).send({ error: z.prettifyError(charge.error) });
  const result = await acquirer.charge(charge.data);
  switch (result.status) {
    case 'captured':
      return reply.code(201).send(result);
    case 'declined':
      return reply.code(402).send(result);
    case 'overflow':
      return reply
        .code(500)
        .type('text/plain')
        .send('upstream connect error or disconnect/reset before headers. reset reason: overflow');
  }
});

stopOnSignal(() => app.close());
try {
  const url = await app.listen({ host: '127.0.0.1', port });
  console.log(`gateway ready at ${url}`);
} catch (error) {
  console.error(`gateway: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
