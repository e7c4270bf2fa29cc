import { randomNamePart } from '../../../extension-points/commands/changes/random-name.ts';
import { defineGenerator } from './generator.ts';

export const createDeploymentCommand = defineGenerator({
  name: 'deployment',
  aliases: ['deploy'],
  short: 'Create a deployment with the specified name',
  examples: `
    # A deployment of an image
    $PROGRAM create deployment my-dep --image=busybox

    # With a command
    $PROGRAM create deployment my-dep --image=busybox -- date

    # With three replicas
    $PROGRAM create deployment my-dep --image=nginx --replicas=3

    # With a port
    $PROGRAM create deployment my-dep --image=busybox --port=5701

    # With several containers
    $PROGRAM create deployment my-dep --image=busybox:latest --image=ubuntu:latest --image=nginx`,
  usage: 'deployment NAME --image=image -- [COMMAND] [args...]',
  flags: {
    image: { type: 'list', description: 'The image to run; of several, each gets a container of its own.' },
    port: { type: 'integer', bits: 32, default: -1, description: 'The port that the first container listens on.' },
    replicas: { type: 'integer', bits: 32, shorthand: 'r', default: 1, description: 'How many replicas there shall be.' },
  },
  required: ['image'],
  type: { group: 'apps', version: 'v1', resource: 'deployments', kind: 'Deployment', namespaced: true },
  failure: 'failed to create deployment: ',
  generate({ args, flags }, name) {
    const command = args.slice(1);
    if (flags.image.length > 1 && command.length > 0) throw new Error('cannot specify multiple --image options and command');
    const labels = { app: name };
    const containers = flags.image.map((image, index) => ({
      name: containerName(image),
      image,
      command,
      ...(index === 0 && flags.port >= 0 ? { ports: [{ containerPort: flags.port }] } : {}),
    }));
    const template = { metadata: { labels }, spec: { containers } };
    return { metadata: { labels }, spec: { replicas: flags.replicas, selector: { matchLabels: labels }, template } };
  },
});

/** The last part of the image's name; when that cannot name a container it is changed so that it can, and made unique. */
function containerName(image: string): string {
  const name = image.split('/').at(-1)!.split(':')[0]!.split('@')[0]!;
  return /[_.]/.test(name) ? `${name.replaceAll(/[_.]/g, '-')}-${randomNamePart(5)}` : name;
}
