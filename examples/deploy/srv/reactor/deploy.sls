{% set build = data.data %}
{% if build.branch == 'main' and build.ok %}
deploy:
  local.cmd.run:
    - tgt: web
    - tgt_type: nodegroup
    - arg:
      - ./deploy {{ build.version | quote }}
    - queue_ttl: 600
{% else %}
report:
  runner.event.send:
    - tag: ops/build/skipped
    - data: {version: {{ build.version }}, branch: {{ build.branch }}}
{% endif %}
