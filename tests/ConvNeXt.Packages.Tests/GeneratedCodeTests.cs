using System.Net.Http.Json;
using System.Text.Json;
using ConvNeXt.MLNet;

namespace ConvNeXt.Tests;

/// <summary>The programs that 'new' writes and the code that 'train --code' writes compile without a warning, run and predict.</summary>
[TestClass]
[TestCategory("Slow")]
public sealed class GeneratedCodeTests
{
    private static readonly string[] _packages = ["ConvNeXt.MLNet"];

    private readonly string _folder = TestFolders.CreateTemporary();

    [TestMethod]
    public void Console_Predicts()
    {
        IReadOnlyList<LabeledImage> images = Train("shapes.zip");
        InstalledTool.Succeed(_folder, "new", "console", "shapes.zip", "-o", "console");
        using var program = new FreshApplication(ReadProgram("console"), _packages, Copied("model.zip"));
        File.Copy(Path.Combine(_folder, "console", "model.zip"), Path.Combine(program.Folder, "model.zip"));
        program.Build();
        Assert.MatchesRegex($"{Path.GetFileName(images[0].ImagePath)}: (across|disc|down) \\(\\d+", program.Run(images[0].ImagePath));
    }

    [TestMethod]
    public async Task WebApi_PredictsUploads()
    {
        IReadOnlyList<LabeledImage> images = Train("shapes.zip");
        InstalledTool.Succeed(_folder, "new", "webapi", "shapes.zip", "-o", "webapi");
        using FreshApplication program = FreshApplication.Copy(Path.Combine(_folder, "webapi"));
        program.Build();
        using RunningService service = RunningService.Start(program.Assembly);
        using var client = new HttpClient { BaseAddress = service.Address };
        using HttpResponseMessage answer = await Post(File.ReadAllBytes(images[0].ImagePath));
        Assert.IsTrue(answer.IsSuccessStatusCode);
        JsonElement result = await answer.Content.ReadFromJsonAsync<JsonElement>();
        CollectionAssert.Contains(TestImages.Labels, result.GetProperty("label").GetString());
        Assert.AreEqual(1, result.GetProperty("classes").EnumerateArray().Sum(label => label.GetProperty("probability").GetDouble()), 1e-5);
        using HttpResponseMessage refused = await Post("no image"u8.ToArray());
        Assert.AreEqual(400, (int)refused.StatusCode);

        Task<HttpResponseMessage> Post(byte[] file) =>
            client.PostAsync("/classify", new MultipartFormDataContent { { new ByteArrayContent(file), "file", "photo" } });
    }

    [TestMethod]
    public void CodeOfTrain_ServesAnAppOfModelBuilder_AndTrainsAgain()
    {
        // As such an app calls it: the model, the names and the types are Model Builder's.
        const string App = """
            using System.Globalization;
            using Shop.Vision;

            var input = new Shapes.ModelInput { ImageSource = File.ReadAllBytes(args[0]) };
            Shapes.ModelOutput output = Shapes.Predict(input);
            IOrderedEnumerable<KeyValuePair<string, float>> scores = Shapes.PredictAllLabels(input);
            string sum = scores.Sum(score => score.Value).ToString("0.00", CultureInfo.InvariantCulture);
            Console.WriteLine($"{output.PredictedLabel}|{string.Join(' ', scores.Select(score => score.Key))}|{sum}");
            Console.WriteLine(Shapes.GetSortedScoresWithLabels(output).First().Key == output.PredictedLabel);
            Console.WriteLine(Shapes.PredictEngine.Value.Predict(input).Score.Length);
            Shapes.Train(args[2], args[1]);
            """;
        IReadOnlyList<LabeledImage> images = Train("Shapes.mlnet", "--code", "--namespace", "Shop.Vision");
        using var program = new FreshApplication(App, _packages, Copied("Shapes.mlnet"));
        foreach (string name in (string[])["Shapes.mlnet", "Shapes.consumption.cs", "Shapes.training.cs"])
            File.Copy(Path.Combine(_folder, name), Path.Combine(program.Folder, name));
        program.Build();
        string again = Path.Combine(_folder, "again.zip");
        string[] lines = program.Run(images[0].ImagePath, Path.Combine(_folder, "photos"), again).Split('\n', StringSplitOptions.TrimEntries);
        string[] answer = lines[0].Split('|');
        string[] labels = answer[1].Split(' ');
        Assert.AreEqual(labels[0], answer[0]);
        CollectionAssert.AreEquivalent(TestImages.Labels, labels);
        Assert.AreEqual("1.00", answer[2]);
        Assert.AreEqual("True", lines[1]);
        Assert.AreEqual("3", lines[2]);
        InstalledTool.Succeed(_folder, "predict", again, "photos/disc");
    }

    private IReadOnlyList<LabeledImage> Train(string model, params string[] options)
    {
        IReadOnlyList<LabeledImage> images = TestImages.WriteFolder(Path.Combine(_folder, "photos"), 6);
        InstalledTool.Succeed(_folder, ["train", "photos", "-o", model, "--size", "32", "--epochs", "2", .. options]);
        return images;
    }

    private string ReadProgram(string kind) => File.ReadAllText(Path.Combine(_folder, kind, "Program.cs"));

    private static string Copied(string file) => $"""<ItemGroup><None Include="{file}" CopyToOutputDirectory="PreserveNewest" /></ItemGroup>""";
}
