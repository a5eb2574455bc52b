"""nginx serves a file over HTTPS, curl fetches it, sha256sum reads what came.

nginx_curl.py seed|leech <options as JSON>
"""
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

from measured import hold_interrupts, now, report, start, sync, tell, until_interrupted

CONFIGURATION = '''
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ }}
http {{
  access_log off;
  sendfile on;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen {host}:{port} ssl;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.3;
    location / {{ alias {directory}/; }}
  }}
}}
'''


def seed(options):
    source = Path(options['source'])
    configuration = Path(options['folder'], 'nginx.conf')
    configuration.write_text(CONFIGURATION.format(directory=source.parent, **options))
    hold_interrupts()
    nginx = start('nginx', '-c', str(configuration), '-e', f"{options['folder']}/error.log")
    address = f"https://{options['host']}:{options['port']}/{source.name}"

    while subprocess.run(['curl', '--silent', '--insecure', '--head', '--output', '/dev/null', address]).returncode != 0:
        if nginx.poll() is not None:
            sys.exit('nginx did not start')
        time.sleep(0.02)

    tell(address=address)
    until_interrupted()
    nginx.terminate()
    nginx.wait()
    tell(uploaded=None)


def leech(options):
    out = options['out']
    begin = now()
    curl = subprocess.run(
        ['curl', '--silent', '--show-error', '--fail', '--insecure', '--output', out, '--write-out', '%{time_starttransfer}', options['seeder']],
        check=True, stdout=subprocess.PIPE, text=True)
    digest = subprocess.run(['sha256sum', out], check=True, stdout=subprocess.PIPE, text=True).stdout.split()[0]
    sync(out)
    elapsed = now() - begin
    # nothing of the wrapper: curl and sha256sum are the tool
    tell(elapsed=elapsed, whole=elapsed, sha256=digest, firstAt=begin + float(curl.stdout) * 1000)


role, text = sys.argv[1:]
{'seed': seed, 'leech': leech}[role](json.loads(text))
report(resource.RUSAGE_CHILDREN)
