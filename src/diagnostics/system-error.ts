const reasons: Record<string, string> = {
  EACCES: 'permission is denied',
  EBUSY: 'it is in use',
  EDQUOT: 'the quota is used up',
  EIO: 'the disk reports an error',
  EISDIR: 'it is a folder',
  ELOOP: 'there are too many symbolic links on the way',
  ENAMETOOLONG: 'the path is too long',
  ENOENT: 'it is not there',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'something on the way is no folder',
  EPERM: 'permission is denied',
  ESPIPE: 'it is no regular file',
  EROFS: 'the file system is read-only',
};

/**
 * What the system says when a file cannot be read or written, for a person.
 *
 * @throws `error` itself where it does not come from the system: that is a bug, and no file's fault
 */
export function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return reasons[code] ?? message;
}
