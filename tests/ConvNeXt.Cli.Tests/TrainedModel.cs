namespace ConvNeXt.Tests;

/// <summary>A folder of small pictures of three classes, and a model that the tool trained on it once for all tests.</summary>
internal static class TrainedModel
{
    private static readonly Lazy<string> _path = new(Train);

    /// <summary>The model file.</summary>
    public static string Path => _path.Value;

    /// <summary>The folder of the model and of the runs.</summary>
    public static string Folder { get; } = TestFolders.CreateTemporary();

    /// <summary>The pictures that it was trained on, with the parts train, val and test.</summary>
    public static string Data { get; } = WriteData();

    /// <summary>Pictures that it was not trained on, in class folders.</summary>
    public static string TestSet => System.IO.Path.Combine(Data, "test");

    /// <summary>Options that make training take a second.</summary>
    public static string[] Short => ["--size", "32", "--epochs", "2", "--batch", "8"];

    private static string WriteData()
    {
        string folder = TestFolders.CreateTemporary();
        TestImages.WriteFolder(System.IO.Path.Combine(folder, "train"), 8, seed: 1);
        TestImages.WriteFolder(System.IO.Path.Combine(folder, "val"), 3, seed: 2);
        TestImages.WriteFolder(System.IO.Path.Combine(folder, "test"), 5, seed: 3);
        return folder;
    }

    private static string Train()
    {
        string model = System.IO.Path.Combine(Folder, "model.zip");
        Tool.Succeed(["train", Data, "-o", model, "--runs", System.IO.Path.Combine(Folder, "runs"), .. Short]);
        return model;
    }
}
