{% import_yaml 'limits.yaml' as limits %}
{% set used = data.diskusage | float %}
{% if used > limits.disk.full %}
clean:
  local.cmd.run:
    - tgt: {{ data.id }}
    - arg:
      - journalctl --vacuum-size=200M
{% elif used > limits.disk.filling %}
warn:
  runner.event.send:
    - tag: ops/disk/warning
    - data: {host: {{ data.id }}, used: {{ used }}}
{% endif %}
