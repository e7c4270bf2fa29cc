import { defineGenerator } from './generator.ts';
import { checkRule, ingressBackend, ingressRules, ingressTls } from './ingress-rules.ts';

export const createIngressCommand = defineGenerator({
  name: 'ingress',
  aliases: ['ing'],
  short: 'Create an ingress with the specified name',
  examples: `
    # What goes to foo.com/bar goes to a service, with the certificate of a secret
    $PROGRAM create ingress simple --rule="foo.com/bar=svc1:8080,tls=my-cert"

    # Any host, of an ingress class
    $PROGRAM create ingress catch-all --class=otheringress --rule="/path=svc:port"

    # With annotations
    $PROGRAM create ingress annotated --class=default --rule="foo.com/bar=svc:port" --annotation ingress.annotation1=foo --annotation ingress.annotation2=bla

    # Several paths of a host
    $PROGRAM create ingress multipath --class=default --rule="foo.com/=svc:port" --rule="foo.com/admin/=svcadmin:portadmin"

    # Whatever begins with a path
    $PROGRAM create ingress ingress1 --class=default --rule="foo.com/path*=svc:8080" --rule="bar.com/admin*=svc2:http"

    # With the default certificate
    $PROGRAM create ingress ingtls --class=default --rule="foo.com/=svc:https,tls" --rule="foo.com/path/subpath*=othersvc:8080"

    # With a service for everything else
    $PROGRAM create ingress ingdefault --class=default --default-backend=defaultsvc:http --rule="foo.com/*=svc:8080,tls=secret1"`,
  usage: 'ingress NAME --rule=host/path=service:port[,tls[=secret]] ',
  flags: {
    annotation: { type: 'array', description: 'An annotation: KEY=VALUE; may be given more than once.' },
    class: { type: 'string', description: 'The ingress class.' },
    'default-backend': { type: 'string', description: 'Where everything else goes: SERVICE:PORT.' },
    rule: {
      type: 'array',
      description: 'HOST/PATH=SERVICE:PORT[,tls[=SECRET]]; a path with * at its end means all that begin so. May be given more than once.',
    },
  },
  type: { group: 'networking.k8s.io', version: 'v1', resource: 'ingresses', kind: 'Ingress', namespaced: true },
  failure: 'failed to create ingress: ',
  generate({ flags }) {
    const backend = flags['default-backend'];
    if (backend === '' && flags.rule.length === 0)
      throw new Error(
        'not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)',
      );
    for (const rule of flags.rule) checkRule(rule);
    const annotations = Object.fromEntries(flags.annotation.map(annotationOf));
    if (backend !== '' && backend.split(':').length !== 2) throw new Error('default-backend should be in format servicename:serviceport');
    return {
      metadata: { annotations },
      spec: {
        ...(flags.class === '' ? {} : { ingressClassName: flags.class }),
        ...(backend === '' ? {} : { defaultBackend: ingressBackend(backend) }),
        tls: ingressTls(flags.rule),
        rules: ingressRules(flags.rule),
      },
    };
  },
});

function annotationOf(text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  if (equals < 0) throw new Error(`annotation ${text} is invalid and should be in format key=[value]`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}
