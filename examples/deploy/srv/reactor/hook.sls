{# The body is what the caller sent: read as JSON, believed only with the token of brine.yaml. #}
{% set push = data.body | load_json %}
{% if data.headers['X-Token'] == salt['config.get']('hook_token') and push.ref == 'refs/heads/main' %}
fetch:
  local.cmd.run:
    - tgt: web
    - tgt_type: nodegroup
    - arg:
      - git -C /srv/app fetch origin {{ push.after | quote }}
    - queue_ttl: 600
{% endif %}
