import type { UntypedObject } from '../../../api/object.ts';
import { parseLabelText } from '../../../extension-points/commands/changes/label-text.ts';
import { parsePairs } from '../../../extension-points/commands/changes/pairs.ts';
import { environmentNameProblems } from '../../../extension-points/commands/pod-templates/environment-names.ts';

export interface PodWishes {
  readonly image: string;
  readonly labels: string;
  readonly annotations: readonly string[];
  readonly env: readonly string[];
  readonly port: string;
  readonly restart: string;
  readonly pullPolicy: string;
  /** Behind the name on the line. */
  readonly words: readonly string[];
  /** The words are the command rather than its arguments. */
  readonly isCommand: boolean;
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly staysOpen: boolean;
  readonly isPrivileged: boolean;
}

/** The pod that a line of `run` means. Throws in kubectl's words. */
export function generatedPod(name: string, wishes: PodWishes): UntypedObject {
  const { image, words, isCommand, stdin, tty, staysOpen, pullPolicy, isPrivileged, restart } = wishes;
  const { set: annotations } = parsePairs(wishes.annotations, 'annotations', { mayRemove: false });
  const labels = wishes.labels === '' ? { run: name } : parseLabelText(wishes.labels);
  const container = {
    name,
    image,
    ...(words.length === 0 ? {} : isCommand ? { command: words } : { args: words }),
    env: wishes.env.map(variable),
    imagePullPolicy: pullPolicy,
    ports: wishes.port === '' ? [] : [{ containerPort: portNumber(wishes.port) }],
    stdin,
    stdinOnce: stdin && !staysOpen,
    tty,
    ...(isPrivileged ? { securityContext: { privileged: true } } : {}),
  };
  const spec = { containers: [container], dnsPolicy: 'ClusterFirst', restartPolicy: restart };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels, annotations: Object.fromEntries(annotations) }, spec };
}

/** `--expose`: a service for the pod. */
export function generatedService(name: string, { port, labels }: Pick<PodWishes, 'port' | 'labels'>): UntypedObject {
  const own = labels === '' ? undefined : parseLabelText(labels);
  const ports = port.split(',').map((text, index, all) => {
    const number = portNumber(text);
    return { ...(all.length > 1 ? { name: `port-${index + 1}` } : {}), port: number, protocol: 'TCP', targetPort: number };
  });
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, ...(own ? { labels: own } : {}) }, spec: { selector: own ?? { run: name }, ports } };
}

function variable(text: string): { name: string; value: string } {
  const equals = text.indexOf('=');
  const name = text.slice(0, Math.max(equals, 0));
  if (equals < 0 || environmentNameProblems(name).length > 0) throw new Error(`invalid env: ${text}`);
  return { name, value: text.slice(equals + 1) };
}

function portNumber(text: string): number {
  if (!/^[-+]?\d+$/.test(text)) throw new Error(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}
