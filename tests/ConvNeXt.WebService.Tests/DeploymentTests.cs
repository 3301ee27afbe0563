using System.Globalization;
using System.Net;
using ConvNeXt.MLNet.Hosting;
using YamlDotNet.RepresentationModel;

namespace ConvNeXt.Tests;

/// <summary>Dockerfile and Kubernetes manifest agree with each other and with the service. No container is started.</summary>
[TestClass]
public sealed class DeploymentTests
{
    private static readonly string _folder = Path.Combine(TestFolders.Repository, "samples", "WebService");
    private static readonly string[] _dockerfile = File.ReadAllLines(Path.Combine(_folder, "Dockerfile"));
    private static readonly YamlNode[] _manifest = ReadManifest();

    private static YamlNode Pod => Find("Deployment")["spec"]["template"];

    private static YamlNode Container => ((YamlSequenceNode)Pod["spec"]["containers"]).Single();

    [TestMethod]
    public async Task Probes_AskPathsThatTheServiceAnswers()
    {
        await using ServedApp app = await ServedApp.StartAsync();
        foreach (string probe in (string[])["startupProbe", "livenessProbe", "readinessProbe"])
        {
            YamlNode get = Container[probe]["httpGet"];
            Assert.AreEqual(HttpStatusCode.OK, (await app.Client.GetAsync(Text(get["path"]))).StatusCode, probe);
            Assert.AreEqual(Text(Port["name"]), Text(get["port"]), probe);
        }
    }

    [TestMethod]
    public void Ports_AreThoseThatTheImageListensAt()
    {
        string port = Text(Port["containerPort"]);
        Assert.AreEqual(port, Environment("ASPNETCORE_HTTP_PORTS"));
        CollectionAssert.Contains(_dockerfile, $"EXPOSE {port}");
        YamlNode service = Find("Service")["spec"];
        Assert.AreEqual(Text(Port["name"]), Text(((YamlSequenceNode)service["ports"]).Single()["targetPort"]));
        foreach (YamlNode selector in (YamlNode[])[service["selector"], Find("Deployment")["spec"]["selector"]["matchLabels"]])
            Assert.AreEqual(Text(Pod["metadata"]["labels"]["app"]), Text(selector["app"]));
    }

    [TestMethod]
    public void Folders_AreMounted_AndOnlyTheTemporaryOneIsWritable()
    {
        Dictionary<string, string> variables = ((YamlSequenceNode)Container["env"]).ToDictionary(pair => Text(pair["name"]), pair => Text(pair["value"]));
        Dictionary<string, YamlNode> mounts = ((YamlSequenceNode)Container["volumeMounts"]).ToDictionary(mount => Text(mount["name"]));
        string[] volumes = [.. ((YamlSequenceNode)Pod["spec"]["volumes"]).Select(volume => Text(volume["name"]))];
        Assert.IsTrue(volumes.ToHashSet().SetEquals(mounts.Keys), string.Join(", ", volumes));
        Assert.AreEqual(variables["TMPDIR"], Text(mounts["tmp"]["mountPath"]));
        Assert.AreEqual(variables["TMPDIR"], Environment("TMPDIR"));
        StringAssert.StartsWith(variables["ConvNeXt__ModelPath"], Text(mounts["models"]["mountPath"]) + "/");
        Assert.AreEqual(variables["ConvNeXt__ModelPath"], Environment("ConvNeXt__ModelPath"));
        Assert.AreEqual("true", Text(mounts["models"]["readOnly"]));
        Assert.AreEqual("true", Text(Container["securityContext"]["readOnlyRootFilesystem"]));
    }

    [TestMethod]
    public void TheUser_IsNotRoot()
    {
        Assert.AreEqual("true", Text(Pod["spec"]["securityContext"]["runAsNonRoot"]));
        Assert.AreEqual("false", Text(Container["securityContext"]["allowPrivilegeEscalation"]));
        CollectionAssert.Contains(_dockerfile, "USER $APP_UID", "a number that the base image sets, which Kubernetes can compare with root's");
    }

    [TestMethod]
    public void TheTimeToStop_IsLongerThanThatOfTheClassifier()
    {
        TimeSpan grace = Seconds(Pod["spec"]["terminationGracePeriodSeconds"]), wait = Seconds(Container["lifecycle"]["preStop"]["sleep"]["seconds"]);
        Assert.IsGreaterThan(new ConvNeXtClassifierOptions().ShutdownTimeout + wait, grace);
    }

    [TestMethod]
    public void TheImage_RunsTheProgramThatItPublishes()
    {
        string published = _dockerfile.Single(line => line.StartsWith("RUN dotnet publish", StringComparison.Ordinal));
        string project = published.Split(' ').Single(word => word.EndsWith(".csproj", StringComparison.Ordinal));
        Assert.IsTrue(File.Exists(Path.Combine(TestFolders.Repository, project)), project);
        StringAssert.Contains(_dockerfile[^1], $"\"{Path.GetFileNameWithoutExtension(project)}.dll\"");
        string framework = $":{System.Environment.Version.Major}.{System.Environment.Version.Minor}";
        foreach (string line in _dockerfile.Where(line => line.StartsWith("FROM ", StringComparison.Ordinal))) StringAssert.Contains(line, framework);
    }

    private static YamlNode Port => ((YamlSequenceNode)Container["ports"]).Single();

    private static YamlNode[] ReadManifest()
    {
        using StreamReader reader = File.OpenText(Path.Combine(_folder, "kubernetes.yaml"));
        var yaml = new YamlStream();
        yaml.Load(reader);
        return [.. yaml.Documents.Select(document => document.RootNode)];
    }

    private static YamlNode Find(string kind) => _manifest.Single(document => Text(document["kind"]) == kind);

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;

    private static TimeSpan Seconds(YamlNode node) => TimeSpan.FromSeconds(int.Parse(Text(node), CultureInfo.InvariantCulture));

    /// <summary>The value of an environment variable in the image.</summary>
    private static string Environment(string name)
    {
        string[] words = _dockerfile.Single(line => line.StartsWith("ENV ", StringComparison.Ordinal)).Split(' ');
        return words.Single(word => word.StartsWith(name + "=", StringComparison.Ordinal))[(name.Length + 1)..];
    }
}
