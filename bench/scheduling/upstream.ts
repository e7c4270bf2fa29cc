/**
 * Kubernetes itself, for comparison on the same machine: etcd from PATH, kube-apiserver and kube-scheduler from a folder, with the limits on requests that scheduler_perf
 * sets. It answers the orders that a wherry server answers.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHttpsClient } from '../../src/client/https-client.ts';
import { kubeconfigText } from '../../src/client/kubeconfig.ts';
import { ensureCertificates } from '../../src/components/api-server/certificates/ensure-certificates.ts';
import { memoryMegabytes } from '../processes.ts';
import type { ApiAddress } from './api-session.ts';
import type { ServerOrders } from './server.ts';

type Answered = { readonly [Order in keyof ServerOrders]: (...argument: Parameters<ServerOrders[Order]>) => Promise<Awaited<ReturnType<ServerOrders[Order]>>> };

/** As long as the scheduler's caches take to fill, and more. */
const schedulerStartMs = 6_000;
const readyLimitMs = 60_000;
/** Of a second: what the kernel counts processor time in. */
const ticks = 100;

/** `binaries`: the folder of kube-apiserver and kube-scheduler. Disposing ends what was started. */
export function startUpstream(binaries: string): { readonly ask: Answered } & AsyncDisposable {
  const directory = mkdtempSync(join(tmpdir(), 'wb-'));
  const running: ChildProcess[] = [];
  let scheduler: ChildProcess | undefined;
  let spentMs = 0;
  const start = (command: string, args: readonly string[]): ChildProcess => {
    const child = spawn(command, args, { stdio: 'ignore' });
    running.push(child);
    process.once('exit', () => child.kill('SIGKILL'));
    return child;
  };
  const stop = async (child: ChildProcess): Promise<void> => {
    running.splice(running.indexOf(child), 1);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  };
  const processorMs = (): number => running.reduce((sum, { pid }) => sum + processorMsOf(pid!), 0);
  const ask: Answered = {
    async start() {
      const [etcdPort, peerPort, apiPort] = [await freePort(), await freePort(), await freePort()];
      const own = join(directory, 'certificates');
      mkdirSync(own);
      const { ca, apiServer, admin, serviceAccountKey } = await ensureCertificates({ directory: own, serverAddresses: ['127.0.0.1'] });
      const write = (name: string, text: string): string => {
        writeFileSync(join(directory, name), text);
        return join(directory, name);
      };
      const key = write('service-account.key', serviceAccountKey.privateKeyPem);
      const publicKey = write('service-account.pub', createPublicKey(serviceAccountKey.privateKeyPem).export({ type: 'spki', format: 'pem' }) as string);
      const [client, peer] = [etcdPort, peerPort].map((port) => `http://127.0.0.1:${port}`);
      start('etcd', [
        ...[`--data-dir=${join(directory, 'etcd')}`, `--listen-client-urls=${client}`, `--advertise-client-urls=${client}`],
        ...[`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`, `--initial-cluster=default=${peer}`, '--quota-backend-bytes=4294967296'],
      ]);
      start(join(binaries, 'kube-apiserver'), [
        ...[`--etcd-servers=${client}`, '--bind-address=127.0.0.1', `--secure-port=${apiPort}`, `--cert-dir=${directory}`],
        ...[`--tls-cert-file=${write('serving.crt', apiServer.certificatePem)}`, `--tls-private-key-file=${write('serving.key', apiServer.privateKeyPem)}`],
        ...[`--client-ca-file=${write('ca.crt', ca.certificatePem)}`, '--authorization-mode=Node,RBAC', '--service-cluster-ip-range=10.0.0.0/16'],
        ...['--service-account-issuer=https://kubernetes.default.svc', `--service-account-key-file=${publicKey}`, `--service-account-signing-key-file=${key}`],
      ]);
      const url = `https://127.0.0.1:${apiPort}`;
      const address: ApiAddress = { url, ca: ca.certificatePem, certificate: admin.certificatePem, key: admin.privateKeyPem };
      const entry = { server: url, certificateAuthority: ca.certificatePem, certificate: admin.certificatePem, key: admin.privateKeyPem };
      write('kubeconfig', kubeconfigText({ name: 'upstream', ...entry }));
      await isReady(address);
      return address;
    },
    async startScheduler() {
      const configuration = {
        ...{ apiVersion: 'kubescheduler.config.k8s.io/v1', kind: 'KubeSchedulerConfiguration', leaderElection: { leaderElect: false } },
        clientConnection: { kubeconfig: join(directory, 'kubeconfig'), qps: 5_000, burst: 5_000 },
      };
      writeFileSync(join(directory, 'scheduler.json'), JSON.stringify(configuration));
      scheduler = start(join(binaries, 'kube-scheduler'), [`--config=${join(directory, 'scheduler.json')}`, '--secure-port=0']);
      await sleep(schedulerStartMs);
    },
    async stopScheduler() {
      if (scheduler) await stop(scheduler);
      scheduler = undefined;
    },
    async measureDelays() {
      spentMs = processorMs();
    },
    // There is no event loop.
    delays: async () => ({ p99Ms: 0, longestMs: 0, processorMs: processorMs() - spentMs }),
    memory: async () => ({ residentMegabytes: running.reduce((sum, { pid }) => sum + memoryMegabytes(pid, 'VmRSS'), 0) }),
    startProfile: () => Promise.reject(new Error('no profiles are taken of upstream')),
    stopProfile: () => Promise.reject(new Error('no profiles are taken of upstream')),
    async stop() {
      for (const child of [...running].reverse()) await stop(child);
    },
  };
  return {
    ask,
    async [Symbol.asyncDispose]() {
      await ask.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function isReady({ url, ca, certificate, key }: ApiAddress): Promise<void> {
  await using client = createHttpsClient({ server: url, certificateAuthority: ca, certificate, key, userAgent: 'wherry-bench' });
  for (const deadline = Date.now() + readyLimitMs; ; await sleep(500)) {
    const { status } = await client.raw({ method: 'GET', path: '/readyz' }).catch(() => ({ status: 0 }));
    if (status === 200) return;
    if (Date.now() > deadline) throw new Error('kube-apiserver is not ready');
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** proc(5). */
function processorMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticks;
}
