{# The name server learns the machine's address. #}
{% set address = data.public_ips | default(data.private_ips, true) | first | default('') %}
{% if address | is_ip %}
add_to_dns:
  local.cmd.run:
    - tgt: ns1
    - arg:
      - [nsupdate-add, {{ data.name }}, {{ address }}]
    - kwarg:
        python_shell: false
    - queue_ttl: 3600
{% endif %}
