{# To a chat, by its webhook. The text is made of data, and JSON keeps it one text. #}
{% set text = data.id ~ ' says ' ~ tag ~ ': ' ~ (data.data.version | default('?')) %}
tell:
  runner.http.query:
    - url: https://chat.example.com/hooks/ops
    - method: POST
    - header_dict:
        Content-Type: application/json
    - data: {{ {'text': text} | json | yaml_squote }}
