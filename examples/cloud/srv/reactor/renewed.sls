{# Services that read the certificate, one after the other: `require` keeps the order whatever the files are called. #}
{% for name in ['haproxy', 'postfix', 'dovecot'] %}
reload_{{ name }}:
  local.cmd.run:
    - tgt: 'G@certificates:{{ name }}'
    - tgt_type: compound
    - arg:
      - systemctl reload {{ name }}
    - queue_ttl: 86400
{% if not loop.first %}
    - require:
      - local: reload_{{ loop.previtem }}
{% endif %}
{% endfor %}
