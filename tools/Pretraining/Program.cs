using System.CommandLine;
using System.Diagnostics;
using ConvNeXt.Pretraining.Pictures;
using ConvNeXt.Pretraining.Shards;
using ConvNeXt.Pretraining.Training;

var pictures = new Option<DirectoryInfo>("--pictures") { Description = "Folder of unpacked packages.", Required = true };
var bank = new Option<DirectoryInfo>("--bank") { Description = "Folder of the decoded pictures.", Required = true };
var run = new Option<DirectoryInfo>("--run") { Description = "Folder of the run: shards, checkpoints, weights.", Required = true };
var seed = new Option<long>("--seed") { Description = "Of all that is drawn.", DefaultValueFactory = _ => 1 };
var crops = new Option<int>("--crops") { Description = "Crops in a shard.", DefaultValueFactory = _ => 4096 };

var collect = new Command("collect", "Downloads the Debian packages of the list and unpacks them; nothing is installed.") { pictures };
collect.SetAction(result => PackageCollector.Collect(PicturePackage.ReadAll().Select(package => package.Name), result.GetRequiredValue(pictures).FullName));

var decode = new Command("decode", "Decodes the collected pictures, at bounded sizes, into a bank.") { pictures, bank };
decode.SetAction(result => new BankWriter(result.GetRequiredValue(bank).FullName).Write(PicturePackage.ReadAll(), result.GetRequiredValue(pictures).FullName));

var check = new Command("check", "Compares the batched teacher with the original file, makes a shard and a sheet of its views, and tells the time it took.") { bank, run, seed, crops };
check.SetAction(result =>
{
    string folder = Directory.CreateDirectory(result.GetRequiredValue(run).FullName).FullName;
    using var maker = new ShardMaker(result.GetRequiredValue(bank).FullName, Path.Combine(folder, "statistics.bin"), result.GetValue(seed), Environment.ProcessorCount);
    Console.WriteLine($"batched teacher against the original: {maker.CompareWithOriginal(0):e2}");
    PreviewSheet.Write(maker, Path.Combine(folder, "views.png"));
    var watch = Stopwatch.StartNew();
    maker.Make(0, result.GetValue(crops), Path.Combine(folder, "check.shard"));
    Console.WriteLine($"{watch.Elapsed.TotalMilliseconds / result.GetValue(crops):0.00} ms a crop");
});

var minutes = new Option<double>("--minutes") { Description = "How long the whole run may take.", Required = true };
var start = new Option<FileInfo?>("--start") { Description = "Weights to begin with; without, random ones." };
var resume = new Option<bool>("--resume") { Description = "Goes on from the run's checkpoint." };
var probe = new Option<DirectoryInfo[]>("--probe") { Description = "Folders of class folders to measure the transfer on, never to train on.", AllowMultipleArgumentsPerToken = true };
var passes = new Option<double>("--passes") { Description = "How often a crop is seen, about.", DefaultValueFactory = _ => 5 };
var rate = new Option<double>("--rate") { Description = "Largest learning rate.", DefaultValueFactory = _ => 2e-3 };
var train = new Command("train", "Makes shards and trains on them until the time is up.") { bank, run, minutes, start, resume, probe, seed, crops, passes, rate };
train.SetAction(result =>
{
    using var pretraining = new PretrainingRun(new RunSettings
    {
        Bank = result.GetRequiredValue(bank).FullName,
        Folder = Directory.CreateDirectory(result.GetRequiredValue(run).FullName).FullName,
        Time = TimeSpan.FromMinutes(result.GetValue(minutes)),
        Start = result.GetValue(start)?.FullName,
        Resume = result.GetValue(resume),
        Probes = [.. (result.GetValue(probe) ?? []).Select(folder => folder.FullName)],
        Seed = result.GetValue(seed),
        CropsPerShard = result.GetValue(crops),
        Passes = result.GetValue(passes),
        LearningRate = result.GetValue(rate),
    });
    pretraining.Run();
});

return new RootCommand("Pretrains ConvNeXt-Atto by distilling a ResNet18 on pictures of free licenses.") { collect, decode, check, train }.Parse(args).Invoke();
