{% if data.diskusage > 90 %}
clean:
  local.cmd.run:
    - tgt: {{ data.id }}
    - arg:
      - journalctl --vacuum-size=200M
{% elif data.diskusage > 80 %}
warn:
  runner.event.send:
    - tag: ops/disk/warning
    - data: {host: {{ data.id }}, used: {{ data.diskusage }}}
{% endif %}
