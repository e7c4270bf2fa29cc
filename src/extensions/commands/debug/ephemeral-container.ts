import type { EphemeralContainer, Pod } from '../../../api/generated/core-v1.ts';
import { containerNamesOf } from './container-name.ts';
import { withCustomProfile } from './custom-profile.ts';
import type { ContainerWishes, EphemeralWishes, NameContainer } from './debug-wishes.ts';
import { withProfile } from './profiles.ts';

/** What every container that is made for debugging says of itself; what is not wished for is left out. */
export const debugContainer = ({ image, pullPolicy, env, stdin, tty }: ContainerWishes): Omit<EphemeralContainer, 'name'> => ({
  ...(env.length > 0 ? { env: [...env] } : {}),
  image,
  ...(pullPolicy === '' ? {} : { imagePullPolicy: pullPolicy as NonNullable<EphemeralContainer['imagePullPolicy']> }),
  resources: {},
  ...(stdin ? { stdin } : {}),
  terminationMessagePolicy: 'File',
  ...(tty ? { tty } : {}),
});

/** The words behind `--` as a container's command or arguments. */
export const commandOf = ({ words, areArguments }: ContainerWishes): { command?: string[]; args?: string[] } =>
  words.length === 0 ? {} : areArguments ? { args: [...words] } : { command: [...words] };

/** The pod with one more ephemeral container, and that container. */
export async function withEphemeralContainer(pod: Pod, wishes: EphemeralWishes, nameContainer: NameContainer): Promise<[Pod, EphemeralContainer]> {
  const name = wishes.container || nameContainer(containerNamesOf(pod.spec));
  const added: EphemeralContainer = {
    name,
    ...debugContainer(wishes),
    ...commandOf(wishes),
    ...(wishes.target === '' ? {} : { targetContainerName: wishes.target }),
  };
  const extended = { ...pod, spec: { ...pod.spec, ephemeralContainers: [...(pod.spec.ephemeralContainers ?? []), added] } };
  const profiled = withProfile(wishes.profile, extended, { style: 'ephemeral', container: name, keep: wishes.keep });
  const result = await withCustomProfile(profiled, 'ephemeralContainers', name, wishes.custom);
  return [result, result.spec.ephemeralContainers!.at(-1)!];
}
