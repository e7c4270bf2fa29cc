import type { UntypedObject } from '../../../api/object.ts';
import { parseLabelText } from '../../../extension-points/commands/changes/label-text.ts';
import { type Port, portsOf, selectorOf } from './exposed-parts.ts';

export interface ServiceWishes {
  readonly name: string;
  readonly selector: string;
  readonly labels: string;
  readonly port: string;
  readonly protocol: string;
  readonly targetPort: string;
  readonly type: string;
  readonly externalIp: string;
  readonly loadBalancerIp: string;
  readonly sessionAffinity: string;
  readonly clusterIp: string;
}

const maximumNameLength = 63;

/** The service that leads to the pods of an object: what is not asked for comes from the object. Throws in kubectl's words. */
export function serviceOf(object: UntypedObject, wishes: ServiceWishes): UntypedObject {
  const name = wishes.name || (object.metadata.name ?? '').slice(0, maximumNameLength);
  const selector = wishes.selector === '' ? ownSelector(object) : parseLabelText(wishes.selector);
  const labels = wishes.labels === '' ? object.metadata.labels : parseLabelText(wishes.labels);
  const ports = servicePorts(object, wishes);
  if (name === '') throw new Error('name must be specified');
  const { type, externalIp, sessionAffinity, clusterIp } = wishes;
  if (sessionAffinity !== '' && sessionAffinity !== 'None' && sessionAffinity !== 'ClientIP') throw new Error(`unknown session affinity: ${sessionAffinity}`);
  const externalIPs = externalIp === '' ? [] : [externalIp];
  const loadBalancerIP = type === 'LoadBalancer' ? wishes.loadBalancerIp : '';
  const spec = { selector, ports, externalIPs, type, loadBalancerIP, sessionAffinity, clusterIP: clusterIp };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, ...(labels ? { labels } : {}) }, spec };
}

function ownSelector(object: UntypedObject): Readonly<Record<string, string>> {
  try {
    const selector = selectorOf(object);
    if (Object.keys(selector).length > 0) return selector;
  } catch (error) {
    throw new Error(`couldn't retrieve selectors via --selector flag or introspection: ${(error as Error).message}`, { cause: error });
  }
  throw new Error('selector must be specified');
}

interface ServicePort extends Port {
  readonly name?: string;
  readonly targetPort: number | string;
}

/** One port for each number that is asked for, or that the object has; a number of several protocols becomes several. */
function servicePorts(object: UntypedObject, { port, protocol, targetPort, clusterIp }: ServiceWishes): readonly ServicePort[] {
  const own = portsOf(object);
  const numbers = port === '' ? [...new Set(own.map((each) => String(each.port)))] : port.split(',');
  if (numbers.length === 0 && clusterIp !== 'None') throw new Error("couldn't find port via --port flag or introspection");
  const target = (number: number): number | string => (targetPort === '' ? number : integerOrText(targetPort));
  return numbers.flatMap((text, index) => {
    const number = numberOf(text);
    const name = numbers.length > 1 ? { name: `port-${index + 1}` } : {};
    const protocols = [...new Set(own.filter((each) => String(each.port) === text).map((each) => each.protocol))];
    if (protocol !== '' || protocols.length < 2) {
      const chosen = protocol === '' ? (protocols[0] ?? 'TCP') : protocol;
      return [{ ...name, port: number, protocol: chosen, targetPort: target(number) }];
    }
    return protocols.map((each) => ({ name: `port-${index + 1}-${each.toLowerCase()}`, port: number, protocol: each, targetPort: target(number) }));
  });
}

function numberOf(text: string): number {
  if (!/^[-+]?\d+$/.test(text)) throw new Error(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

const integerOrText = (text: string): number | string => (/^[-+]?\d+$/.test(text) ? Number(text) : text);
