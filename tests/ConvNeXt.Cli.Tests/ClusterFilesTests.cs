using System.Text.RegularExpressions;
using ConvNeXt.Cli.Terminal;
using k8s;
using k8s.Models;
using YamlDotNet.RepresentationModel;

namespace ConvNeXt.Tests;

/// <summary>The files in samples/Cluster: against the schema of Kubernetes where there is one, and their command lines against the tool.</summary>
[TestClass]
public sealed partial class ClusterFilesTests
{
    [TestMethod]
    public void IndexedJob_FitsTheSchema_AndDoesNotRetryWhatCannotSucceed()
    {
        V1Job job = KubernetesYaml.Deserialize<V1Job>(Read("kubernetes-score.yaml"), strict: true);
        Assert.AreEqual("Indexed", job.Spec.CompletionMode);
        Assert.AreEqual("Never", job.Spec.Template.Spec.RestartPolicy, "a podFailurePolicy needs it");
        V1PodFailurePolicyRule[] rules = [.. job.Spec.PodFailurePolicy.Rules];
        string container = job.Spec.Template.Spec.Containers.Single().Name;
        Assert.AreEqual("FailIndex", Rule(ExitCode.DataUnusable).Action);
        Assert.AreEqual("FailJob", Rule(ExitCode.Usage).Action);
        Assert.AreEqual("Ignore", rules.Single(rule => rule.OnPodConditions is not null).Action);
        string command = job.Spec.Template.Spec.Containers[0].Args.Single();
        StringAssert.Contains(command, $"/{job.Spec.Completions}\"", "the shards are those of the job");

        V1PodFailurePolicyRule Rule(int code) => rules.Single(rule => rule.OnExitCodes is { OperatorProperty: "In" } codes && codes.ContainerName == container && codes.Values.Contains(code));
    }

    [TestMethod]
    public void MpiJob_HasPodsThatFitTheSchema_AndAsManyRanksAsWorkers()
    {
        var root = (YamlMappingNode)Parse("kubernetes-train.yaml");
        Assert.AreEqual("kubeflow.org/v2beta1", Text(root, "apiVersion"));
        Assert.AreEqual("MPIJob", Text(root, "kind"));
        CollectionAssert.IsSubsetOf(
            Names(Map(root, "spec")), new[] { "slotsPerWorker", "runLauncherAsWorker", "runPolicy", "mpiReplicaSpecs", "sshAuthMountPath", "launcherCreationPolicy", "mpiImplementation" });
        YamlMappingNode replicas = Map(Map(root, "spec"), "mpiReplicaSpecs");
        CollectionAssert.AreEquivalent(new[] { "Launcher", "Worker" }, Names(replicas));
        foreach (string kind in Names(replicas))
        {
            YamlMappingNode replica = Map(replicas, kind);
            CollectionAssert.AreEquivalent(new[] { "replicas", "restartPolicy", "template" }, Names(replica));
            V1PodTemplateSpec pod = KubernetesYaml.Deserialize<V1PodTemplateSpec>(Write(Map(replica, "template")), strict: true);
            Assert.HasCount(1, pod.Spec.Containers);
        }
        StringAssert.Contains(Read("kubernetes-train.yaml"), $"-n {Text(Map(replicas, "Worker"), "replicas")} ");
    }

    [TestMethod]
    public void AzureJob_HasThePropertiesOfACommandJob_AndStartsMpi()
    {
        var root = (YamlMappingNode)Parse("azureml-train.yaml");
        CollectionAssert.IsSubsetOf(
            Names(root),
            new[] { "$schema", "type", "display_name", "experiment_name", "command", "inputs", "outputs", "environment", "compute", "resources", "distribution" });
        Assert.AreEqual("command", Text(root, "type"));
        Assert.AreEqual("mpi", Text(Map(root, "distribution"), "type"));
        Assert.AreEqual("2", Text(Map(root, "distribution"), "process_count_per_instance"));
        Assert.IsTrue(File.Exists(Path.Combine(TestFolders.Repository, "samples", "Cluster", Text(Map(Map(root, "environment"), "build"), "path"), "ConvNeXt.MLNet.sln")));
    }

    [TestMethod]
    [DataRow("kubernetes-score.yaml", "There is no model file")]
    [DataRow("kubernetes-train.yaml", "/data/flowers")]
    [DataRow("azureml-train.yaml", "/none/images")]
    [DataRow("slurm-train.sh", "/none/SLURM_SUBMIT_DIR/flowers")]
    [DataRow("slurm-score.sh", "There is no model file")]
    public void CommandLines_AreThoseOfTheTool(string file, string missing)
    {
        // Continued lines are one; variables are paths that do not exist, or numbers.
        string text = Regex.Replace(Read(file), @"\\\n\s*|(?<!\n)\n\s{10,}(?=--|convnext)", " ");
        text = Regex.Replace(text, @"\$\{\{\w+\.(\w+)\}\}", "/none/$1").Replace("\"$SLURM_SUBMIT_DIR", "\"/none/SLURM_SUBMIT_DIR", StringComparison.Ordinal);
        text = Regex.Replace(text, @"\$\(\(JOB_COMPLETION_INDEX \+ 1\)\)|\$SLURM_ARRAY_TASK_ID", "2").Replace("$SLURM_ARRAY_TASK_COUNT", "7", StringComparison.Ordinal);
        string folder = TestFolders.CreateTemporary();
        string[] arguments = CommandLine().Match(text.Replace("\n", " ", StringComparison.Ordinal)).Groups[1].Value
            .Replace("\"${options[@]}\"", "--epochs 30", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Tool tool = Tool.Run([.. arguments.Select(argument => argument.Trim('"').Replace("/data/parts", folder, StringComparison.Ordinal).Replace("parts/", $"{folder}/", StringComparison.Ordinal))]);
        Assert.AreNotEqual(ExitCode.Usage, tool.ExitCode, tool.Errors);
        Assert.AreNotEqual(ExitCode.Ok, tool.ExitCode);
        StringAssert.Contains(tool.Errors, missing);
    }

    [GeneratedRegex(@"(?<!- )\bconvnext ((?:predict|train) \S+(?: (?:--?[a-z]+(?: ""[^""]*""| [^\s-]\S*)?|""\$\{options\[@\]\}""|photos|/data/photos))*)")]
    private static partial Regex CommandLine();

    private static string Read(string file) => File.ReadAllText(Path.Combine(TestFolders.Repository, "samples", "Cluster", file));

    private static YamlNode Parse(string file)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(Read(file)));
        return yaml.Documents.Single().RootNode;
    }

    private static YamlMappingNode Map(YamlMappingNode node, string name) => (YamlMappingNode)node[name];

    private static string Text(YamlMappingNode node, string name) => ((YamlScalarNode)node[name]).Value!;

    private static string[] Names(YamlMappingNode node) => [.. node.Children.Keys.Select(key => ((YamlScalarNode)key).Value!)];

    private static string Write(YamlNode node)
    {
        var text = new StringWriter();
        new YamlStream(new YamlDocument(node)).Save(text, assignAnchors: false);
        return text.ToString();
    }
}
