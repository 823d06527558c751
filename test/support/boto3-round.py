"""A round through every service of the embedded AWS, as boto3 sees it. Prints one JSON object: what each step answered."""

import json
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

said = {}
config = Config(retries={"max_attempts": 1})
sqs, events, sts, kms, iam, dynamo, functions = (
    boto3.client(name, config=config) for name in ["sqs", "events", "sts", "kms", "iam", "dynamodb", "lambda"]
)


def code(call, **arguments):
    try:
        call(**arguments)
        return "it was accepted"
    except ClientError as error:
        return error.response["Error"]["Code"]


account = sts.get_caller_identity()["Account"]
url = sqs.create_queue(QueueName="boto", Attributes={"VisibilityTimeout": "5"}, tags={"a": "b"})["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
allow = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [allow]})})
said["queue"] = [
    sqs.get_queue_url(QueueName="boto")["QueueUrl"] == url,
    sqs.list_queues(QueueNamePrefix="bo")["QueueUrls"] == [url],
    sqs.list_queue_tags(QueueUrl=url)["Tags"],
    code(sqs.send_message, QueueUrl=url + "none", MessageBody="x"),
    code(sqs.create_queue, QueueName="boto", Attributes={"VisibilityTimeout": "6"}),
]

attributes = {"text": {"DataType": "String", "StringValue": "é"}, "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}
sqs.send_message(QueueUrl=url, MessageBody="first", MessageAttributes=attributes)
message = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"], AttributeNames=["All"], WaitTimeSeconds=5)["Messages"][0]
sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=60)
sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
sent = sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "x"}, {"Id": "b", "MessageBody": "\u0001"}])
got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5)["Messages"]
gone = sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": "a", "ReceiptHandle": got[0]["ReceiptHandle"]}])
said["messages"] = [
    message["Body"],
    list(message["MessageAttributes"]["bytes"]["BinaryValue"]),
    message["Attributes"]["ApproximateReceiveCount"],
    [entry["Id"] for entry in sent["Successful"]],
    [entry["Code"] for entry in sent["Failed"]],
    len(gone["Successful"]),
]

events.create_event_bus(Name="boto")
events.put_rule(Name="r", EventBusName="boto", EventPattern=json.dumps({"source": ["boto"]}))
transformer = {"InputPathsMap": {"n": "$.detail.n"}, "InputTemplate": '{"number": <n>}'}
events.put_targets(
    Rule="r", EventBusName="boto", Targets=[{"Id": "whole", "Arn": arn}, {"Id": "part", "Arn": arn, "InputTransformer": transformer}]
)
put = events.put_events(
    Entries=[
        {"EventBusName": "boto", "Source": "boto", "DetailType": "x", "Detail": json.dumps({"n": 20261124121530})},
        {"EventBusName": "boto", "Source": "aws.ec2", "DetailType": "x", "Detail": "{}"},
    ]
)
bodies = []
while len(bodies) < 2:
    for received in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5)["Messages"]:
        bodies.append(json.loads(received["Body"]))
        sqs.delete_message(QueueUrl=url, ReceiptHandle=received["ReceiptHandle"])
event = dict(id="1", account="1", source="boto", time="2026-11-24T00:00:00Z", region="r", resources=[], detail={})
event["detail-type"] = "x"
said["events"] = [
    put["FailedEntryCount"],
    put["Entries"][1]["ErrorCode"],
    sorted((body.get("detail", body) for body in bodies), key=str),
    events.test_event_pattern(EventPattern=json.dumps({"source": [{"prefix": "bo"}]}), Event=json.dumps(event))["Result"],
    [rule["Name"] for rule in events.list_rules(EventBusName="boto")["Rules"]],
    events.list_rule_names_by_target(EventBusName="boto", TargetArn=arn)["RuleNames"],
    code(events.delete_rule, EventBusName="boto", Name="r"),
    code(events.put_rule, EventBusName="boto", Name="bad", EventPattern="{}"),
    code(events.describe_event_bus, Name="none"),
    code(events.put_targets, Rule="r", EventBusName="boto", Targets=[{"Id": "x", "Arn": "no arn"}]),
    code(events.put_rule, EventBusName="boto", Name="late", ScheduleExpression="rate(1 minute)"),
]

key = {"AttributeName": "pk", "KeyType": "HASH"}
dynamo.create_table(
    TableName="boto",
    BillingMode="PAY_PER_REQUEST",
    KeySchema=[key],
    AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
)
dynamo.update_time_to_live(TableName="boto", TimeToLiveSpecification={"AttributeName": "ttl", "Enabled": True})
dynamo.put_item(TableName="boto", Item={"pk": {"S": "é"}})
new = dict(TableName="boto", Item={"pk": {"S": "é"}}, ConditionExpression="attribute_not_exists(pk)")
dynamo.batch_write_item(RequestItems={"boto": [{"PutRequest": {"Item": {"pk": {"S": f"b{i}"}}}} for i in range(5)]})
said["tables"] = [
    dynamo.get_item(TableName="boto", Key={"pk": {"S": "é"}})["Item"],
    code(dynamo.put_item, **new),
    dynamo.scan(TableName="boto", Select="COUNT")["Count"],
    dynamo.describe_time_to_live(TableName="boto")["TimeToLiveDescription"]["AttributeName"],
    code(dynamo.get_item, TableName="none", Key={"pk": {"S": "x"}}),
]

keyId = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
kms.create_alias(AliasName="alias/boto", TargetKeyId=keyId)
signed = kms.sign(KeyId="alias/boto", Message=b"x", SigningAlgorithm="ECDSA_SHA_256")["Signature"]
verify = dict(KeyId=keyId, Message=b"x", Signature=signed, SigningAlgorithm="ECDSA_SHA_256")
said["keys"] = [
    kms.verify(**verify)["SignatureValid"],
    code(kms.verify, **{**verify, "Message": b"y"}),
    [alias["AliasName"] for alias in kms.list_aliases(KeyId=keyId)["Aliases"]],
    [key["KeyId"] for key in kms.list_keys()["Keys"]] == [keyId],
    kms.get_public_key(KeyId=keyId)["KeySpec"],
    code(kms.describe_key, KeyId="alias/none"),
    code(kms.create_key),
]

trust = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
queues = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
iam.create_role(RoleName="boto", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
iam.put_role_policy(RoleName="boto", PolicyName="all", PolicyDocument=json.dumps({"Statement": [queues]}))
narrow = json.dumps({"Statement": [{"Effect": "Allow", "Action": "sqs:GetQueueUrl", "Resource": arn}]})
role = f"arn:aws:iam::{account}:role/boto"
given = sts.assume_role(RoleArn=role, RoleSessionName="boto", Policy=narrow)["Credentials"]
theirs = dict(
    aws_access_key_id=given["AccessKeyId"],
    aws_secret_access_key=given["SecretAccessKey"],
    aws_session_token=given["SessionToken"],
    config=config,
)
said["sessions"] = [
    boto3.client("sts", **theirs).get_caller_identity()["Arn"],
    code(boto3.client("sqs", **theirs).get_queue_url, QueueName="boto"),
    code(boto3.client("sqs", **theirs).receive_message, QueueUrl=url),
    code(boto3.client("events", **theirs).list_event_buses),
    code(sts.assume_role, RoleArn=role, RoleSessionName="boto", Policy="{}"),
    code(sts.assume_role, RoleArn="no such thing as an ARN", RoleSessionName="boto"),
    code(sts.assume_role, RoleArn=role + "2", RoleSessionName="boto"),
    iam.list_role_policies(RoleName="boto")["PolicyNames"],
]

code_of = {"ZipFile": b""}
made = dict(Runtime="nodejs22.x", Handler="handler.handler", Role=role, Code=code_of, Timeout=3)
functions.create_function(FunctionName="echo", **made)
sqs.create_queue(QueueName="boto-dead")
dead = {"OnFailure": {"Destination": arn + "-dead"}}
functions.put_function_event_invoke_config(FunctionName="echo", MaximumRetryAttempts=1, DestinationConfig=dead)
answer = functions.invoke(FunctionName="echo", Payload=b'{"a": 1}')
failed = functions.invoke(FunctionName="echo", Payload=b'{"fail": true}')
functions.invoke(FunctionName="echo", InvocationType="Event", Payload=b'{"fail": true, "later": 1}')
destination = sqs.receive_message(QueueUrl=url + "-dead", WaitTimeSeconds=10)["Messages"][0]
mapping = functions.create_event_source_mapping(
    EventSourceArn=arn, FunctionName="echo", BatchSize=1, FunctionResponseTypes=["ReportBatchItemFailures"]
)
sqs.purge_queue(QueueUrl=url)
sqs.send_message(QueueUrl=url, MessageBody="through the mapping")
until = time.time() + 10
while time.time() < until:
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    left = int(counts["ApproximateNumberOfMessages"]) + int(counts["ApproximateNumberOfMessagesNotVisible"])
    if left == 0:
        break
functions.create_function_url_config(FunctionName="echo", AuthType="AWS_IAM")
said["functions"] = [
    json.load(answer["Payload"]),
    failed["FunctionError"],
    json.loads(destination["Body"])["requestContext"]["approximateInvokeCount"],
    json.loads(destination["Body"])["requestPayload"],
    left,
    mapping["State"],
    functions.get_function_url_config(FunctionName="echo")["AuthType"],
    code(functions.invoke, FunctionName="none"),
    code(functions.create_function, FunctionName="echo", **made),
]
print(json.dumps(said))
