import type { Container, EphemeralContainer, Pod, PodSpec } from '../../../api/generated/core-v1.ts';
import { containerNamesOf } from './container-name.ts';
import { withCustomProfile } from './custom-profile.ts';
import type { CopyWishes, NameContainer } from './debug-wishes.ts';
import { commandOf, debugContainer } from './ephemeral-container.ts';
import { withContainer, withProfile } from './profiles.ts';

/**
 * A copy of a pod to debug, and the name of the container that is debugged: one more, or one of the pod's own with another image or command. `''`: only images differ, and
 * no profile is used. Throws when a new container would have no image.
 */
export async function copyOfPod(pod: Pod, wishes: CopyWishes, nameContainer: NameContainer): Promise<[Pod, string]> {
  const copy = plainCopy(pod, wishes);
  const names = containerNamesOf(copy.spec);
  const { image, profile, keep, custom } = wishes;
  const isNew = !names.has(wishes.container);
  if (isNew && image === '') {
    if (Object.keys(wishes.images).length > 0) return [copy, ''];
    throw new Error('you must specify image when creating new container');
  }
  const container = wishes.container || nameContainer(names);
  const spec = isNew
    ? { ...copy.spec, containers: [...copy.spec.containers, { name: container, ...debugContainer(wishes), ...commandOf(wishes) } as Container] }
    : withContainer(copy.spec, container, (found) => changed(found, wishes));
  const profiled = withProfile(profile, { ...copy, spec }, { style: 'copy', container, keep });
  return [await withCustomProfile(profiled, 'containers', container, custom), container];
}

/** The pod under another name, without what the cluster made of it. */
function plainCopy({ apiVersion, kind, metadata, spec }: Pod, { copyTo, images, staysOnNode, sharesProcesses }: CopyWishes): Pod {
  const { namespace, labels, annotations } = metadata;
  const { ephemeralContainers: _, nodeName, ...rest } = spec;
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    metadata: { name: copyTo, ...(namespace === undefined ? {} : { namespace }), ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) },
    spec: {
      ...rest,
      containers: (rest.containers ?? []).map((container) => withImage(container, images)),
      ...(nodeName !== undefined && staysOnNode ? { nodeName } : {}),
      ...(sharesProcesses === undefined ? {} : { shareProcessNamespace: sharesProcesses }),
    } satisfies PodSpec,
  };
}

function withImage(container: Container, images: Readonly<Record<string, string>>): Container {
  const image = (Object.hasOwn(images, container.name) ? images[container.name] : undefined) || images['*'];
  return image ? { ...container, image } : container;
}

/** A container of the pod's own with what is wished for. Its input and terminal are as wished even where nothing is. */
function changed<T extends Container | EphemeralContainer>(container: T, wishes: CopyWishes): T {
  const { words, areArguments, env, image, pullPolicy, stdin, tty } = wishes;
  const { command, args, stdin: _stdin, tty: _tty, ...rest } = container;
  const kept = words.length === 0 || areArguments ? { ...(command ? { command } : {}), ...(args ? { args } : {}) } : {};
  return {
    ...rest,
    ...kept,
    ...commandOf(wishes),
    ...(env.length > 0 ? { env: [...env] } : {}),
    ...(image === '' ? {} : { image }),
    ...(pullPolicy === '' ? {} : { imagePullPolicy: pullPolicy }),
    ...(stdin ? { stdin } : {}),
    ...(tty ? { tty } : {}),
  } as T;
}
