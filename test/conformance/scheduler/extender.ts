import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Trace } from './trace.ts';

/** An HTTP extender that always answers the same. */
export interface Extender extends AsyncDisposable {
  readonly url: string;
}

export async function startExtender(answers: NonNullable<Trace['extender']>): Promise<Extender> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.setHeader('content-type', 'application/json').end(JSON.stringify(answers[request.url!.slice(1)])));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The configuration of a trace with the address of its extender. */
export const configurationWith = ({ configuration }: Trace, extender: Extender | undefined): Trace['configuration'] =>
  extender ? (JSON.parse(JSON.stringify(configuration).replaceAll('EXTENDER', extender.url)) as Trace['configuration']) : configuration;
