/** Servers that tests speak to and npm does not have: Debian's packages, installed where this may be done. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/**
 * Installs OpenSSH's server where it is missing: as root of a Debian system that is a container or a build machine. Where systemd runs, it would
 * start the service, now and after each boot, on a machine that somebody works on: there, and for other users, the tests that need it are
 * skipped by name.
 */
export function installSshd(): void {
  if (existsSync('/usr/sbin/sshd') || process.getuid?.() !== 0) return
  if (!existsSync('/usr/bin/apt-get') || existsSync('/run/systemd/system')) return
  process.stderr.write('Installing openssh-server, which the tests of SFTP speak to.\n')
  const aptGet = (...args: string[]): void => {
    execFileSync('apt-get', ['-qq', ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  }
  try {
    aptGet('update')
    aptGet('install', '-y', '--no-install-recommends', 'openssh-server')
  } catch (error) {
    process.stderr.write(`It could not be installed, so those tests are skipped: ${String(error)}\n`)
  }
}
