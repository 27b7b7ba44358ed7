import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Writes a configuration of nginx into a folder that it has to itself: one worker, no logs, all its files there.
 *
 * @param {string} directory
 * @param {string} http what it is to do: directives of the `http` block
 * @returns {Promise<string[]>} the command that runs it
 */
export async function configureNginx(directory, http) {
  const file = join(directory, "nginx.conf");
  await writeFile(file, configuration(http));
  return ["nginx", "-e", "stderr", "-p", directory, "-c", file];
}

function configuration(/** @type {string} */ http) {
  return `
daemon off;
user root;
worker_processes 1;
worker_rlimit_nofile 20000;
pid nginx.pid;
error_log /dev/null crit;
events { worker_connections 10000; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
${http}
}
`;
}
